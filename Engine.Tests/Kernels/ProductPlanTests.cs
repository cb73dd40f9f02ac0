using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>How products are gone over, at the borders of the choice: only time would show it otherwise.</summary>
internal sealed class ProductPlanTests
{
    // 64 columns × 1024 steps are 256 KiB.
    [TestCase(1024, 1, 64, ExpectedResult = 0)]
    [TestCase(1025, 1, 64, ExpectedResult = 512)]
    [TestCase(1024, 2, 64, ExpectedResult = 512)]
    [TestCase(1365, 1, 48, ExpectedResult = 0)]
    [TestCase(1366, 1, 48, ExpectedResult = 682)]
    public int Deep_panels_go_in_stretches(int depth, int segments, int columns) =>
        ProductPlan.For(Product(32, depth, columns) with { Segments = segments }).Stretch;

    [TestCase(6, ExpectedResult = 0)]
    [TestCase(7, ExpectedResult = 512)]
    public int Where_more_than_one_tile_of_rows_meets_them(int rows) => ProductPlan.For(Product(rows, 2000, 64)).Stretch;

    [Test]
    public void They_go_one_by_one_and_each_asks_for_the_next()
    {
        ProductPlan plan = ProductPlan.For(Product(32, 1025, 64));
        Assert.That(plan, Is.EqualTo(new ProductPlan(512, PanelByPanel: true, AsksForPanels: true, AsksForRows: false)));
    }

    [Test]
    public void B_in_pieces_is_left_as_it_is() => Assert.That(ProductPlan.For(Product(32, 5000, 64) with { BDepth = 80 }).Stretch, Is.Zero);

    [TestCase(64, ExpectedResult = 0)]
    [TestCase(65, ExpectedResult = 64)]
    public int Stretches_that_are_asked_for(int depth) => ProductPlan.For(Gradient(100, depth, 1)).Stretch;

    // 256 rows × 16 panels × 64 columns are 1 MiB.
    [TestCase(256, ExpectedResult = false)]
    [TestCase(257, ExpectedResult = true)]
    public bool Go_over_all_panels_of_a_small_result(int rows) => ProductPlan.For(Gradient(rows, 3200, 16)).PanelByPanel;

    // 128 steps × 64 columns × 16 panels are 512 KiB.
    [TestCase(128, 16, ExpectedResult = false)]
    [TestCase(129, 16, ExpectedResult = true)]
    [TestCase(128, 17, ExpectedResult = true)]
    public bool The_next_panel_of_a_large_matrix_is_asked_for(int depth, int panels) =>
        ProductPlan.For(Product(32, depth, 64) with { Panels = panels }).AsksForPanels;

    [Test]
    public void Rows_are_asked_for_if_they_are_far_but_no_part_of_rows_that_lie_one_after_the_other()
    {
        Assert.That(ProductPlan.For(Product(32, 100, 64)).AsksForRows, Is.False);
        Assert.That(ProductPlan.For(Product(32, 100, 64) with { FarRows = true }).AsksForRows, Is.True);
        Assert.That(ProductPlan.For(Product(32, 2000, 64) with { FarRows = true }).AsksForRows, Is.False);
        Assert.That(ProductPlan.For(Gradient(100, 3200, 1) with { FarRows = true }).AsksForRows, Is.True);
    }

    private static MatrixProduct Product(int rows, int depth, int columns) => new()
    {
        Rows = rows, Depth = depth, Segments = 1, Panels = 1, Columns = columns,
        ARow = depth, ADepth = 1, BDepth = columns, BPanel = (nint)depth * columns, CRow = columns,
    };

    private static MatrixProduct Gradient(int rows, int depth, int panels) => Product(rows, depth, 64) with
    {
        ARow = 1,
        ADepth = -rows,
        BDepth = -64 * panels,
        Panels = panels,
        Stretch = 64,
    };
}
