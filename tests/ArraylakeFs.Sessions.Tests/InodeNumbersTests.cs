using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions.Tests;

/// <summary>Inode numbers of committed things.</summary>
public sealed class InodeNumbersTests
{
    [Fact]
    public void A_place_has_the_same_number_every_time_and_other_places_have_others()
    {
        var node = ObjectId8.New();
        var numbers = new HashSet<ulong>
        {
            InodeNumbers.OfPlace(node, PlaceKind.Document, 0, []),
            InodeNumbers.OfPlace(node, PlaceKind.Directory, 0, []),
            InodeNumbers.OfPlace(node, PlaceKind.Directory, 1, []),
            InodeNumbers.OfPlace(ObjectId8.New(), PlaceKind.Document, 0, []),
        };
        for (uint i = 0; i < 300; i++)
        {
            for (uint j = 0; j < 300; j++)
            {
                numbers.Add(InodeNumbers.OfPlace(node, PlaceKind.Chunk, 0, [i, j]));
            }
        }

        Assert.Equal(4 + (300 * 300), numbers.Count);
        Assert.Equal(InodeNumbers.OfPlace(node, PlaceKind.Chunk, 0, [7, 8]), InodeNumbers.OfPlace(node, PlaceKind.Chunk, 0, [7, 8]));
        Assert.All(numbers, n => Assert.Equal(1UL << 62, n & (3UL << 62)));
    }

    [Fact]
    public void The_same_place_in_two_versions_is_two_files()
    {
        ulong number = InodeNumbers.OfPath("/a");
        Assert.NotEqual(InodeNumbers.InVersion(number, ObjectId12.New()), InodeNumbers.InVersion(number, ObjectId12.New()));
    }
}
