// dotnet tool restore && dotnet cake            builds, checks and tests everything
// dotnet cake --target=Pack                     also makes the package in artifacts/

var target = Argument("target", "Default");
var configuration = Argument("configuration", "Release");

const string Solution = "Engine.sln";
const string Tests = "Engine.Tests/Engine.Tests.csproj";
const string Demo = "Engine.Demo/Engine.Demo.csproj";
const string Library = "Engine/Engine.csproj";
const string Artifacts = "artifacts";

// The switches that take instruction sets away, and so bring the narrower kernels to the test.
var instructionSets = new[] { "DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic" };

DotNetTestSettings TestSettings(string withoutInstructionSet = null)
{
    var settings = new DotNetTestSettings { Configuration = configuration, NoBuild = true };
    if (withoutInstructionSet is not null) settings.EnvironmentVariables[withoutInstructionSet] = "0";
    return settings;
}

Task("Build")
    .Does(() => DotNetBuild(Solution, new DotNetBuildSettings { Configuration = configuration }));

Task("Format")
    .Does(() => DotNetFormat(Solution, new DotNetFormatSettings { VerifyNoChanges = true }));

Task("Test")
    .IsDependentOn("Build")
    .Does(() => DotNetTest(Tests, TestSettings()));

Task("TestInstructionSets")
    .IsDependentOn("Build")
    .DoesForEach(instructionSets, without => DotNetTest(Tests, TestSettings(without)));

Task("DemoSmoke")
    .IsDependentOn("Build")
    .Does(() => DotNetRun(Demo, "sine --steps 50", new DotNetRunSettings { Configuration = configuration, NoBuild = true }));

Task("Pack")
    .IsDependentOn("Build")
    .Does(() => DotNetPack(Library, new DotNetPackSettings { Configuration = configuration, NoBuild = true, OutputDirectory = Artifacts }));

Task("Default")
    .IsDependentOn("Format")
    .IsDependentOn("Test")
    .IsDependentOn("TestInstructionSets")
    .IsDependentOn("DemoSmoke")
    .IsDependentOn("Pack");

RunTarget(target);
