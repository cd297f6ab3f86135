using ArraylakeFs.HotPaths.Tests.Paths;

namespace ArraylakeFs.HotPaths.Tests;

/// <summary>
/// What a hot path allocates does not depend on the machine, so it is a promise. Each number here is the most that there may be; who needs more
/// says so by changing it.
/// </summary>
public sealed class AllocationTests
{
    [Fact]
    public void A_lookup_in_a_manifest_of_a_million_references_allocates_nothing()
    {
        using var path = new ManifestLookup();
        Assert.Equal(0, BytesOf(path, runs: 1000));
    }

    [Fact]
    public void A_name_of_a_listing_of_a_hundred_thousand_costs_the_name_and_what_it_stands_for()
    {
        using var path = new DirectoryListing();
        Assert.InRange(BytesOf(path, runs: 1) / (double)DirectoryListing.Names, 0, 65);
    }

    [Fact]
    public void A_request_that_is_decoded_and_answered_allocates_nothing()
    {
        using var path = new RequestDecoding();
        path.Run();
        path.Run();
        Assert.Equal(0, path.AllocatedBytes);
    }

    [Fact]
    public void A_file_that_is_created_and_renamed_in_the_journal_allocates_nothing()
    {
        using var path = new JournalAppend();
        Assert.Equal(0, BytesOf(path, runs: 100));
    }

    [Fact]
    public void A_read_of_an_open_chunk_allocates_nothing()
    {
        using var path = new ChunkRead();
        Assert.Equal(0, BytesOf(path, runs: 100));
    }

    /// <summary>Of the round that allocated least: the first ones also pay for what is compiled and made once.</summary>
    private static long BytesOf(IHotPath path, int runs)
    {
        long least = long.MaxValue;
        for (int round = 0; round < 10; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < runs; i++)
            {
                path.Run();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
