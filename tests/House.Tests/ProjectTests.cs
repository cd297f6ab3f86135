namespace House.Tests;

/// <summary>The house of DESIGN.md section 5: which projects there are, and which way their references point.</summary>
public class ProjectTests
{
    /// <summary>The storeys from the ground up. A project refers only to projects of storeys below its own.</summary>
    private static readonly string[][] _storeys =
    [
        ["Native.Zstd", "Native.Fuse", "Native.Blosc", "Native.WinFsp"],
        ["ArraylakeFs.Storage", "ArraylakeFs.Icechunk", "ArraylakeFs.Zarr"],
        ["ArraylakeFs.Repository"],
        ["ArraylakeFs.Sessions"],
        ["ArraylakeFs.FileSystem"],
        ["ArraylakeFs.Fuse", "ArraylakeFs.WinFsp"],
        ["ArraylakeFs.Cli"],
    ];

    [Fact]
    public void Every_project_has_its_storey()
    {
        var homeless = Checkout.Projects.Where(Checkout.IsProduct).Where(project => StoreyOf(Checkout.NameOf(project)) < 0);
        Checkout.AssertNone(homeless);
    }

    [Fact]
    public void No_reference_points_up_or_sideways()
    {
        var wrong =
            from project in Checkout.Projects
            where Checkout.IsProduct(project)
            from reference in Checkout.ReferencesOf(project)
            where StoreyOf(reference) >= StoreyOf(Checkout.NameOf(project))
            select $"{Checkout.NameOf(project)} -> {reference}";
        Checkout.AssertNone(wrong);
    }

    [Fact]
    public void Nothing_that_ships_refers_to_a_test()
    {
        var tests = Checkout.Projects.Where(project => !Checkout.IsProduct(project)).Select(Checkout.NameOf).ToHashSet();
        var wrong = Checkout.Projects.Where(Checkout.IsProduct).Where(project => Checkout.ReferencesOf(project).Any(tests.Contains));
        Checkout.AssertNone(wrong);
    }

    [Fact]
    public void Every_project_has_a_test_project_that_refers_to_it()
    {
        var untested = Checkout.Projects.Where(Checkout.IsProduct).Select(Checkout.NameOf).Where(name =>
        {
            var tests = $"tests/{name}.Tests/{name}.Tests.csproj";
            return !Checkout.Projects.Contains(tests) || !Checkout.ReferencesOf(tests).Contains(name);
        });
        Checkout.AssertNone(untested);
    }

    [Fact]
    public void The_solution_holds_every_project()
    {
        var solution = File.ReadAllText(Path.Combine(Checkout.Root, Checkout.Solution)).Replace('\\', '/');
        Checkout.AssertNone(Checkout.Projects.Where(project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Package_versions_stand_in_one_place()
    {
        var own = Checkout.Projects.Where(project =>
            File.ReadAllText(Path.Combine(Checkout.Root, project)).Contains(" Version=", StringComparison.Ordinal));
        Checkout.AssertNone(own);
    }

    private static int StoreyOf(string name) => Array.FindIndex(_storeys, storey => storey.Contains(name));
}
