using TestSummary;

namespace House.Tests;

/// <summary>The line that <c>./test</c> ends with tells the truth, whatever happened to the test process.</summary>
public sealed class SummaryTests : IDisposable
{
    private const string Trx = """
        <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
          <UnitTestResult testName="A.Good" outcome="Passed" />
          <UnitTestResult testName="A.Bad" outcome="Failed"><Output><ErrorInfo><Message>1 is not 2</Message><StackTrace>at A.Bad()</StackTrace></ErrorInfo></Output></UnitTestResult>
          <UnitTestResult testName="A.Absent" outcome="NotExecuted"><Output><StdOut>no node
        here</StdOut></Output></UnitTestResult>
        </Results></TestRun>
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-summary-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_outcome_is_counted_and_skips_and_failures_are_told()
    {
        var text = Summarise(Trx, exit: "1");
        Assert.Contains("skipped A.Absent: no node here\n", text, StringComparison.Ordinal);
        Assert.Contains("FAILED A.Bad\n    1 is not 2\n    at A.Bad()\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n1 passed, 1 failed, 1 skipped\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_passed_tests_say_of_other_tools_is_told_in_a_line_each_and_no_more_than_sixty()
    {
        string Told(int count) => Summarise(
            $"""
            <TestRun><Results>
              <UnitTestResult testName="A.Tool" outcome="Passed"><Output><StdOut>a line
            {string.Join('\n', Enumerable.Range(1, count).Select(i => $"tool fault: it cannot do {i}"))}
            another</StdOut></Output></UnitTestResult>
            </Results></TestRun>
            """,
            exit: "0");

        const string Two = " 0 skipped\ntool fault: it cannot do 1\ntool fault: it cannot do 2\n1 passed, 0 failed, 0 skipped\n";
        Assert.EndsWith(Two, Told(2), StringComparison.Ordinal);
        Assert.EndsWith("\ntool fault: it cannot do 60\ntool fault: and 3 more\n1 passed, 0 failed, 0 skipped\n", Told(63), StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_crashed_after_good_tests_is_a_failure()
    {
        var text = Summarise(Trx.Replace("\"Failed\"", "\"Passed\"", StringComparison.Ordinal), exit: "1");
        Assert.Contains("FAILED A ended with 1\n    the test host crashed\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n2 passed, 1 failed, 1 skipped\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(null, "0")]
    [InlineData("<TestRun />", "0")]
    [InlineData("<TestRun><Results>", "0")]
    public void A_project_without_results_is_a_failure(string? trx, string? exit) =>
        Assert.EndsWith("\n0 passed, 1 failed, 0 skipped\n", Summarise(trx, exit), StringComparison.Ordinal);

    private string Summarise(string? trx, string? exit)
    {
        File.WriteAllText(Path.Combine(_folder, "A.log"), "the test host crashed\n");
        if (trx is not null)
        {
            File.WriteAllText(Path.Combine(_folder, "A.trx"), trx);
        }

        if (exit is not null)
        {
            File.WriteAllText(Path.Combine(_folder, "A.exit"), exit + "\n");
        }

        var summary = new Summary();
        summary.Add(ProjectResult.Load(_folder, "A"));
        Assert.Equal(summary.Failed > 0, !summary.Text.Contains(" 0 failed,", StringComparison.Ordinal));
        return summary.Text;
    }
}
