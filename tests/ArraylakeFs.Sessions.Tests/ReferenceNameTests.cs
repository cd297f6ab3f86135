using System.Text;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions.Tests;

public sealed class ReferenceNameTests
{
    private static readonly string[] _awkward =
    [
        "", ".", "..", "...", "a/b", "/", "a%2Fb", "%", "%%", "100%", "nul\0", "line\nfeed", "\x7f", " ", " a", "a ", "a b", "\u00a0a", "a\u2003",
        "é🧊", "con", new string('x', 255), new string('x', 256), new string('x', 300), new string('x', 301), new string('/', 300),
        new string('/', 301), string.Concat(Enumerable.Repeat("🧊", 300)), "a" + string.Concat(Enumerable.Repeat("🧊", 300)),
        new string('é', 128),
    ];

    [Theory]
    [InlineData("main", "main")]
    [InlineData("feature/one", "feature%2Fone")]
    [InlineData("it works!", "it works!")]
    [InlineData("", "%")]
    [InlineData("..", "%2E%2E")]
    [InlineData("é🧊", "é🧊")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("a\n", "a%0A")]
    [InlineData(" a b\u00a0", "%20a b%C2%A0")]
    public void Names_are_files_with_little_changed(string name, string file)
    {
        Assert.Equal(file, ReferenceName.Encode(name));
        Assert.Equal(name, ReferenceName.Decode(file));
    }

    [Fact]
    public void Whatever_the_name_there_is_one_file_for_it_and_a_command_can_name_it()
    {
        var references = _awkward.Select(name => new Reference(name, ObjectId12.New())).ToList();
        Assert.Equal(_awkward.Length, references.Select(r => ReferenceName.Encode(r.Name)).Distinct().Count());
        foreach (var reference in references)
        {
            string file = ReferenceName.Encode(reference.Name);
            Assert.InRange(new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(file), 1, 255);
            Assert.False(file is "." or ".." || file.Any(c => c is '/' or '\0' or '\n'), file);
            Assert.Equal(file, file.Trim());
            Assert.Same(reference, ReferenceName.Find(references, file));
            Assert.True(file.Contains("%-", StringComparison.Ordinal) || ReferenceName.Decode(file) == reference.Name, file);
        }

        Assert.Null(ReferenceName.Find(references, "none"));
    }

    [Fact]
    public void Cut_names_begin_as_they_are_and_hold_no_half_characters()
    {
        Assert.StartsWith(new string('x', 200) + "%-", ReferenceName.Encode(new string('x', 300)), StringComparison.Ordinal);
        for (int before = 0; before < 4; before++)
        {
            string file = ReferenceName.Encode(new string('x', before) + string.Concat(Enumerable.Repeat("/🧊", 200)));
            string kept = file[..file.IndexOf("%-", StringComparison.Ordinal)];
            Assert.Equal(kept, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(kept)));
            Assert.True(kept.EndsWith("%2F", StringComparison.Ordinal) || kept.EndsWith("🧊", StringComparison.Ordinal), kept);
        }
    }
}
