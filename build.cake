// dotnet tool restore && dotnet cake            builds, checks and tests everything
// dotnet cake --target=Pack                     also makes the package in artifacts/

var target = Argument("target", "Default");
var configuration = Argument("configuration", "Release");

const string Solution = "Engine.sln";
const string Tests = "Engine.Tests/Engine.Tests.csproj";
const string Demo = "Engine.Demo/Engine.Demo.csproj";
const string Library = "Engine/Engine.csproj";
const string Artifacts = "artifacts";

// What brings the narrower kernels to the test. Without AVX2 the runtime has no FMA either, so the 128-bit ones need a switch of ours.
var instructionSets = new[]
{
    (Variable: "DOTNET_EnableAVX512", Value: "0"),
    (Variable: "DOTNET_EnableAVX2", Value: "0"),
    (Variable: "DOTNET_EnableHWIntrinsic", Value: "0"),
    (Variable: "ENGINE_SIMD", Value: "128"),
};

DotNetTestSettings TestSettings() => new() { Configuration = configuration, NoBuild = true };

Task("Build")
    .Does(() => DotNetBuild(Solution, new DotNetBuildSettings { Configuration = configuration }));

Task("Format")
    .Does(() => DotNetFormat(Solution, new DotNetFormatSettings { VerifyNoChanges = true }));

Task("Test")
    .IsDependentOn("Build")
    .Does(() => DotNetTest(Tests, TestSettings()));

Task("TestInstructionSets")
    .IsDependentOn("Build")
    .DoesForEach(instructionSets, set =>
    {
        DotNetTestSettings settings = TestSettings();
        settings.EnvironmentVariables[set.Variable] = set.Value;
        DotNetTest(Tests, settings);
    });

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
