using Engine.Interop;
using NUnit.Framework;

namespace Engine.Tests.Interop;

public class SafetensorsFileTests
{
    [Test]
    public void Golden_files_read_with_metadata_and_every_dtype()
    {
        using SafetensorsFile file = SafetensorsFile.Read(Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "stacked.safetensors"));

        Assert.That(file.Metadata["tokens_gru_ce"], Does.Contain("tokens:"));
        Assert.That(file.ReadDoubles("lstm2_mse/loss"), Has.Length.EqualTo(1));
        Assert.That(file.ReadInt64s("tokens_gru_ce/tokens"), Has.Length.EqualTo(file.ShapeOf("tokens_gru_ce/tokens").Aggregate(1, (a, b) => a * b)));
    }
}
