using System.Text.Json.Nodes;

namespace ArraylakeFs.Icechunk.Tests;

public class SampleTests
{
    public static TheoryData<string, string, FileType> Files()
    {
        var data = new TheoryData<string, string, FileType>();
        foreach (var (repository, path, type) in Samples.Files)
        {
            data.Add(repository, path, type);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_official_file_reads_as_an_independent_decoder_reads_it(string repository, string path, FileType type)
    {
        var dump = SampleDump.Dump(path, Samples.Read(repository, path), type);
        // Through text, so that numbers compare as numbers whatever their CLR type.
        var actual = JsonNode.Parse(dump.ToJsonString());
        var expected = Samples.Expected(repository)[path];
        Assert.True(JsonNode.DeepEquals(expected, actual), $"expected {expected}\nactual {actual}");
    }
}
