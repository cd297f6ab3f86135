namespace ArraylakeFs.Sessions.Tests;

/// <summary>What is watched, and how much of it is remembered.</summary>
public sealed class LostUpdatesTests
{
    private const int A = 1, B = 2;

    [Theory]
    [InlineData("0", true)]
    [InlineData("17", true)]
    [InlineData("0.1.20", true)]
    [InlineData("c", true)]
    [InlineData("c.0", true)]
    [InlineData("c.0.1", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData(".0", false)]
    [InlineData("c.", false)]
    [InlineData("c0", false)]
    [InlineData("c.zarr", false)]
    [InlineData("zarr.json", false)]
    [InlineData("0.5e2a.partial", false)]
    [InlineData("0.__lock", false)]
    [InlineData("-1", false)]
    public void Names_that_a_chunk_can_have_are_known(string name, bool isChunk) => Assert.Equal(isChunk, LostUpdates.IsChunkName(name));

    [Fact]
    public void The_files_of_which_one_was_used_last_are_remembered_and_not_more_than_so_many()
    {
        var directory = new SessionDirectory(7, 0, 0, null);
        var updates = new LostUpdates();
        for (int i = 0; i < 20_000; i++)
        {
            updates.Read(directory, $"{i}", A);
            updates.Read(directory, "17", A); // in use all the time
        }

        foreach (string name in (string[])["0", "17", "17000"])
        {
            updates.Written(directory, name, B);
            updates.Written(directory, name, A);
        }

        Assert.Equal([("17", A, B), ("17000", A, B)], updates.All(_ => true).Select(found => (found.Name, found.Process, found.Over)));
        Assert.Empty(updates.All(_ => false));
        Assert.Empty(updates.All(_ => true));
    }

    [Fact]
    public void The_last_readers_of_a_file_are_remembered_and_the_first_found_are_not()
    {
        var directory = new SessionDirectory(7, 0, 0, null);
        var updates = new LostUpdates();
        for (int process = 100; process < 200; process++)
        {
            updates.Read(directory, "0", process);
        }

        updates.Written(directory, "0", A);
        updates.Written(directory, "0", 100);
        Assert.Empty(updates.All(_ => true));
        updates.Written(directory, "0", 199);
        Assert.Equal((199, 100), updates.All(_ => true).Select(found => (found.Process, found.Over)).Single());

        for (int i = 0; i < 2000; i++)
        {
            updates.Read(directory, $"{i}", A);
            updates.Written(directory, $"{i}", B);
            updates.Written(directory, $"{i}", A);
        }

        Assert.Equal(Enumerable.Range(1000, 1000).Select(i => $"{i}"), updates.All(_ => true).Select(found => found.Name));
    }
}
