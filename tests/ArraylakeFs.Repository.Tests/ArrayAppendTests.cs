using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>When a change is called an append: a shape, chunks of length 10, and what is written to them.</summary>
public sealed class ArrayAppendTests
{
    // All start with 20 x 35 elements and all chunks written but the last row's.
    [Theory]
    [InlineData("30 35", "2/0 2/3", "", "append 10 t")]
    [InlineData("21 35", "2/3", "", "append 1 t")]
    [InlineData("20 50", "0/4 1/4", "", "append 15 along 1")]
    [InlineData("20 50", "0/3 1/4", "", "append 15 along 1")] // the last chunk had room
    [InlineData("20 36", "0/3 1/3", "", "append 1 along 1")] // and no other is needed
    [InlineData("20 50", "0/2 1/4", "", "")] // a chunk that was full already
    [InlineData("30 35", "1/0 2/0", "", "")]
    [InlineData("30 35", "2/0", "0/0", "")] // something is gone
    [InlineData("30 35", "", "", "")] // nothing but a longer shape
    [InlineData("20 35", "1/3", "", "")] // nothing but a chunk
    [InlineData("30 50", "2/4", "", "")] // along two dimensions
    [InlineData("30 30", "2/0", "", "")]
    [InlineData("10 35", "0/0", "", "")]
    public async Task An_append_adds_to_the_end_of_one_dimension_and_touches_nothing_else(string shape, string written, string deleted, string expected)
    {
        var (lake, array, first) = await MakeAsync();
        var second = await lake.CommitAsync(changes =>
        {
            changes.Documents[array] = Documents.Array([.. shape.Split(' ').Select(int.Parse)], [10, 10], "{}", ["t", null]);
            foreach (var key in written.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                changes.PutText(array, "new", [.. key.Split('/').Select(uint.Parse)]);
            }

            foreach (var key in deleted.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                changes.Put(array, null, [.. key.Split('/').Select(uint.Parse)]);
            }
        });
        Assert.Equal(expected, await AppendAsync(lake, first, second));
    }

    [Theory]
    [InlineData("\"int8\"", "\"int8\"", true)]
    [InlineData("\"int8\"", "\"uint8\"", false)]
    [InlineData("\"bytes\"", "\"crc32c\"", false)]
    [InlineData("\"fill_value\": 0", "\"fill_value\": 1", false)]
    [InlineData("\"attributes\": {}", "\"attributes\": {\"last\": 30}", true)]
    public async Task What_makes_other_values_of_the_old_chunks_is_no_append(string from, string to, bool isAppend)
    {
        var (lake, array, first) = await MakeAsync();
        var second = await lake.CommitAsync(changes =>
        {
            var document = System.Text.Encoding.UTF8.GetString(Documents.Array([30, 35], [10, 10], "{}", ["t", null]));
            Assert.Contains(from, document, StringComparison.Ordinal);
            changes.Documents[array] = System.Text.Encoding.UTF8.GetBytes(document.Replace(from, to, StringComparison.Ordinal));
            changes.PutText(array, "new", 2, 0);
        });
        Assert.Equal(isAppend ? "append 10 t" : "", await AppendAsync(lake, first, second));
    }

    [Fact]
    public async Task An_array_that_had_nothing_can_be_appended_to_and_moved_at_once()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 array = default;
        var first = await lake.CommitAsync(changes => array = changes.AddArray("/x", [0], [10]));
        var second = await lake.CommitAsync(changes =>
        {
            changes.Moves[array] = "/y";
            changes.Documents[array] = Documents.Array([25], [10]);
            changes.PutText(array, "0", 0);
            changes.PutText(array, "2", 2);
        });
        Assert.Equal("append 25", await AppendAsync(lake, first, second));
    }

    private static async Task<(Lake Lake, ObjectId8 Array, ObjectId12 First)> MakeAsync()
    {
        var lake = await Lake.CreateAsync();
        var array = ObjectId8.New();
        var first = await lake.CommitAsync(changes =>
        {
            changes.NewNodes.Add(new NewNode(array, "/x", NodeKind.Array, Documents.Array([20, 35], [10, 10], "{}", ["t", null])));
            for (uint y = 0; y < 2; y++)
            {
                for (uint x = 0; x < 4; x++)
                {
                    changes.PutText(array, $"{y}/{x}", y, x);
                }
            }
        });
        return (lake, array, first);
    }

    private static async Task<string> AppendAsync(Lake lake, ObjectId12 before, ObjectId12 after)
    {
        var line = Assert.Single(DiffLines.Of(await VersionDiff.BetweenAsync(
            await lake.Repository.SnapshotAsync(before, default), await lake.Repository.SnapshotAsync(after, default), null, default)));
        return line.IndexOf("append", StringComparison.Ordinal) is var start && start >= 0 ? line[start..] : "";
    }
}
