using System.Text.RegularExpressions;

namespace House.Tests;

/// <summary>Plain rules that every file of the sources keeps.</summary>
public partial class TidyTests
{
    private const int MaxLines = 500;

    private static readonly string[] _folders = ["src", "native-shims", "tests"];
    private static readonly string[] _endings = [".cs", ".csproj", ".props", ".mjs", ".py", ".sh", ".c", ".md"];

    private static IEnumerable<string> Sources => _folders.SelectMany(folder => Checkout.Files(folder, _endings));

    [Fact]
    public void Files_stay_short() => Checkout.AssertNone(
        from file in Sources
        let lines = Lines(file).Length
        where lines > MaxLines
        select $"{file} has {lines} lines");

    [Fact]
    public void Lines_hold_no_tab_no_trailing_blank_and_no_carriage_return() => Checkout.AssertNone(
        from file in Sources
        from line in Lines(file).Select((text, index) => (text, number: index + 1))
        where line.text.Contains('\t') || line.text.EndsWith(' ') || line.text.Contains('\r')
        select $"{file}:{line.number}");

    [Fact]
    public void Nothing_is_left_to_be_done_later() => Checkout.AssertNone(
        from file in Sources
        from line in Lines(file).Select((text, index) => (text, number: index + 1))
        where Leftover().IsMatch(line.text)
        select $"{file}:{line.number}: {line.text.Trim()}");

    [Fact]
    public void Files_end_with_one_newline() => Checkout.AssertNone(
        from file in Sources
        let text = Read(file)
        where !text.EndsWith('\n') || text.EndsWith("\n\n", StringComparison.Ordinal)
        select file);

    [Fact]
    public void There_are_sources_to_look_at() => Assert.True(Sources.Count() > 20);

    [GeneratedRegex(@"\b(TO[D]O|FIX[M]E|HA[C]K|NotImplemented[E]xception)\b")]
    private static partial Regex Leftover();

    private static string Read(string file) => File.ReadAllText(Path.Combine(Checkout.Root, file));

    private static string[] Lines(string file) => Read(file).TrimEnd('\n').Split('\n');
}
