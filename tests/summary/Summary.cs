using System.Globalization;
using System.Text;

namespace TestSummary;

/// <summary>The numbers and texts of a whole run.</summary>
public sealed class Summary
{
    private const string ToolFault = "tool fault: ";
    private const int MaxToolFaults = 60;

    private readonly StringBuilder _table = new();
    private readonly StringBuilder _skips = new();
    private readonly StringBuilder _failures = new();
    private readonly List<string> _toolFaults = [];

    /// <summary>Tests that passed.</summary>
    public int Passed { get; private set; }

    /// <summary>Tests that failed; a project that broke down outside of a test counts as one more.</summary>
    public int Failed { get; private set; }

    /// <summary>Tests that did not run.</summary>
    public int Skipped { get; private set; }

    /// <summary>
    /// Every project in a line, what tests have found other tools to fail at, every skipped test with its reason, every failed one with its text,
    /// and the totals.
    /// </summary>
    public string Text => $"{_table}{ToolFaults}{_skips}{_failures}{Passed} passed, {Failed} failed, {Skipped} skipped\n";

    private string ToolFaults => string.Concat(_toolFaults.Take(MaxToolFaults).Select(line => $"{line}\n"))
        + (_toolFaults.Count > MaxToolFaults ? $"{ToolFault}and {_toolFaults.Count - MaxToolFaults} more\n" : "");

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
                    var lines = test.Message.Split('\n', StringSplitOptions.TrimEntries);
                    _toolFaults.AddRange(lines.Where(line => line.StartsWith(ToolFault, StringComparison.Ordinal)));
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
