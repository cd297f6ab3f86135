using System.Globalization;
using System.Text;

namespace TestSummary;

/// <summary>The numbers and texts of a whole run.</summary>
public sealed class Summary
{
    private readonly StringBuilder _table = new();
    private readonly StringBuilder _skips = new();
    private readonly StringBuilder _failures = new();

    /// <summary>Tests that passed.</summary>
    public int Passed { get; private set; }

    /// <summary>Tests that failed; a project that broke down outside of a test counts as one more.</summary>
    public int Failed { get; private set; }

    /// <summary>Tests that did not run.</summary>
    public int Skipped { get; private set; }

    /// <summary>Every project in a line, every skipped test with its reason, every failed one with its text, and the totals.</summary>
    public string Text => $"{_table}{_skips}{_failures}{Passed} passed, {Failed} failed, {Skipped} skipped\n";

    /// <summary>Adds the tests of a project.</summary>
    public void Add(ProjectResult result)
    {
        var passed = 0;
        var failed = 0;
        var skipped = 0;
        foreach (var test in result.Tests)
        {
            switch (test.Outcome)
            {
                case "Passed":
                    passed++;
                    break;
                case "NotExecuted":
                    skipped++;
                    _skips.Append(CultureInfo.InvariantCulture, $"skipped {test.Name}: {test.Message.ReplaceLineEndings(" ")}\n");
                    break;
                default:
                    failed++;
                    _failures.Append(CultureInfo.InvariantCulture, $"FAILED {test.Name}\n{Indent(test.Message)}\n");
                    break;
            }
        }

        if (result.Trouble is { } trouble)
        {
            failed++;
            _failures.Append(CultureInfo.InvariantCulture, $"FAILED {result.Project} {Indent(trouble).TrimStart()}\n");
        }

        Passed += passed;
        Failed += failed;
        Skipped += skipped;
        _table.Append(CultureInfo.InvariantCulture, $"{result.Project,-36} {passed,5} passed {failed,4} failed {skipped,4} skipped\n");
    }

    private static string Indent(string text) => "    " + text.TrimEnd().ReplaceLineEndings("\n    ");
}
