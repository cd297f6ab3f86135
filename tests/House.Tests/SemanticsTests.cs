using System.Text.RegularExpressions;

namespace House.Tests;

/// <summary>docs/SEMANTICS.md is a contract: what it names as a test is one.</summary>
public partial class SemanticsTests
{
    private static readonly string _text = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "SEMANTICS.md"));

    [Fact]
    public void Every_test_that_the_contract_names_exists()
    {
        var tests = Checkout.Files("tests", ".cs")
            .SelectMany(file => TestMethod().Matches(File.ReadAllText(Path.Combine(Checkout.Root, file))))
            .Select(match => match.Groups[1].Value)
            .ToHashSet();
        var named = TestName().Matches(_text).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.NotEmpty(named);
        Checkout.AssertNone(named.Where(name => !tests.Contains(name)));
    }

    [GeneratedRegex(@"public (?:async Task|Task|void) (\w+)\(")]
    private static partial Regex TestMethod();

    /// <summary>Names of tests are sentences: no other name in the document has three words joined by underscores.</summary>
    [GeneratedRegex(@"`([A-Z]\w*_\w+_\w+|With_zarrita)`")]
    private static partial Regex TestName();
}
