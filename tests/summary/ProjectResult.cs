using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace TestSummary;

/// <summary>What one test did.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Outcome"><c>Passed</c>, <c>Failed</c> or <c>NotExecuted</c>.</param>
/// <param name="Message">Why it failed or was skipped, and what it has printed.</param>
public sealed record TestResult(string Name, string Outcome, string Message);

/// <summary>What the tests of one project did.</summary>
/// <param name="Project">The project's name.</param>
/// <param name="Tests">Its tests.</param>
/// <param name="Trouble">What went wrong outside of any test, such as a crash of the process; null if nothing did.</param>
public sealed record ProjectResult(string Project, IReadOnlyList<TestResult> Tests, string? Trouble)
{
    private const int LinesOfLog = 30;

    /// <summary>Reads what a run of <c>dotnet test</c> left in a folder.</summary>
    public static ProjectResult Load(string folder, string project)
    {
        var log = ReadIfThere(Path.Combine(folder, $"{project}.log"));
        var tests = ReadTests(Path.Combine(folder, $"{project}.trx"));
        var ended = int.TryParse(ReadIfThere(Path.Combine(folder, $"{project}.exit")), CultureInfo.InvariantCulture, out var exitCode);
        var tail = string.Join('\n', log.TrimEnd().Split('\n').TakeLast(LinesOfLog));
        var trouble =
            !ended ? $"did not run\n{tail}"
            : tests is null ? $"left no results, exit code {exitCode}\n{tail}"
            : tests.Count == 0 ? $"ran no test, exit code {exitCode}\n{tail}"
            : exitCode != 0 && tests.All(test => test.Outcome != "Failed") ? $"ended with {exitCode}\n{tail}"
            : null;
        return new ProjectResult(project, tests ?? [], trouble);
    }

    private static List<TestResult>? ReadTests(string file)
    {
        try
        {
            return [.. XDocument.Load(file).Descendants()
                .Where(element => element.Name.LocalName == "UnitTestResult")
                .Select(element => new TestResult(
                    (string?)element.Attribute("testName") ?? "?",
                    (string?)element.Attribute("outcome") ?? "Failed",
                    MessageOf(element)))];
        }
        catch (Exception exception) when (exception is IOException or XmlException)
        {
            return null;
        }
    }

    private static string MessageOf(XElement result)
    {
        var texts = result.Descendants().Where(element => element.Name.LocalName is "Message" or "StackTrace" or "StdOut");
        return string.Join('\n', texts.Select(text => text.Value.Trim()).Where(text => text.Length > 0));
    }

    private static string ReadIfThere(string file) => File.Exists(file) ? File.ReadAllText(file) : "";
}
