using System.Globalization;

namespace ArraylakeFs.Icechunk.Tests;

/// <summary>
/// Every sample file, damaged in thousands of ways: a value or an IcechunkFormatException that names the file, in bounded memory.
/// </summary>
public class DamagedFileTests
{
    private const long MaxAllocatedBytes = 256 << 20;

    // Another seed finds other damages: ICECHUNK_FUZZ_SEED=number.
    private static readonly int Seed =
        int.Parse(Environment.GetEnvironmentVariable("ICECHUNK_FUZZ_SEED") ?? "20261122", CultureInfo.InvariantCulture);

    public static TheoryData<string, string, FileType> Files()
    {
        var data = new TheoryData<string, string, FileType>();
        // The files of split-repo-v1 are like those of test-repo-v1, and many.
        foreach (var (repository, path, type) in Samples.Files.Where(f =>
            f.Repository != "split-repo-v1" && !f.Path.StartsWith("overwritten/", StringComparison.Ordinal)))
        {
            data.Add(repository, path, type);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_truncated_file_is_an_error(string repository, string path, FileType type)
    {
        var file = Samples.Read(repository, path);
        for (var length = 0; length < file.Length; length += 1 + file.Length / 200)
        {
            Assert.False(Read(path, file[..length], type, $"first {length} bytes"));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_truncated_body_is_an_error_or_a_value(string repository, string path, FileType type)
    {
        var body = IcechunkFile.Decode(path, Samples.Read(repository, path), type);
        for (var length = 0; length < body.Length; length += 1 + body.Length / 200)
        {
            Read(path, Pack(repository, type, body.AsSpan(0, length)), type, $"first {length} bytes of the body");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_flipped_bit_of_the_file_is_an_error_or_a_value(string repository, string path, FileType type)
    {
        var random = RandomFor(path);
        var file = Samples.Read(repository, path);
        for (var i = 0; i < 300; i++)
        {
            var bit = random.Next(8 * file.Length);
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            Read(path, file, type, $"bit {bit} (seed {Seed})");
            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Changed_bytes_of_the_body_are_an_error_or_a_value(string repository, string path, FileType type)
    {
        var random = RandomFor(path);
        var body = IcechunkFile.Decode(path, Samples.Read(repository, path), type);
        byte[] telling = [0, 1, 4, 0x7f, 0x80, 0xff];
        for (var i = 0; i < 1500; i++)
        {
            var damaged = body.ToArray();
            var changes = random.Next(1, 4);
            for (var c = 0; c < changes; c++)
            {
                var at = random.Next(damaged.Length);
                damaged[at] = random.Next(3) switch
                {
                    0 => (byte)(damaged[at] ^ (1 << random.Next(8))),
                    1 => telling[random.Next(telling.Length)],
                    _ => (byte)random.Next(256),
                };
            }
            Read(path, Pack(repository, type, damaged), type, $"damage {i} (seed {Seed})");
        }
    }

    private static byte[] Pack(string repository, FileType type, ReadOnlySpan<byte> body)
    {
        var file = IcechunkFile.Encode(type, body, 1);
        file[36] = (byte)(repository.EndsWith("-v1", StringComparison.Ordinal) ? 1 : 2);
        return file;
    }

    private static Random RandomFor(string path) => new(Seed ^ path.Sum(c => c * 31));

    /// <summary>Reads all of a file; whether it could be read.</summary>
    private static bool Read(string path, byte[] file, FileType type, string damage)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            SampleDump.Dump(path, file, type);
            ReadEverythingElse(path, file, type);
            return true;
        }
        catch (IcechunkFormatException e) when (e.Message.StartsWith(path + ": ", StringComparison.Ordinal))
        {
            return false;
        }
        catch (Exception e)
        {
            Assert.Fail($"{path}, {damage}: {e}");
            return false;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocatedBytes);
        }
    }

    private static void ReadEverythingElse(string path, byte[] file, FileType type)
    {
        switch (type)
        {
            case FileType.Manifest:
                ReadReferences(Manifest.Decode(path, file));
                break;
            case FileType.Snapshot:
                var snapshot = Snapshot.Decode(path, file);
                for (var i = 0; i < snapshot.NodeCount; i++)
                {
                    Assert.True(snapshot.TryFindNode(snapshot.NodeAt(i).Path, out _));
                }
                break;
            case FileType.TransactionLog:
                foreach (var chunks in TransactionLog.Decode(path, file).UpdatedChunks)
                {
                    Assert.True(chunks.Count == 0 || chunks.Contains(chunks.CoordinatesAt(chunks.Count - 1)));
                }
                break;
            default:
                var repo = RepoInfo.Decode(path, file);
                var builder = new RepoInfoBuilder(repo);
                builder.ResetBranch("main", repo.SnapshotIdAt(0));
                RepoInfo.Decode(path, builder.Build(Timestamp.Now, "backup"));
                break;
        }
    }

    private static void ReadReferences(Manifest manifest)
    {
        for (var a = 0; a < manifest.ArrayCount; a++)
        {
            var refs = manifest.ArrayAt(a);
            for (var i = 0; i < refs.Count; i += 1 + refs.Count / 100)
            {
                var coordinates = new uint[refs[i].Rank];
                refs[i].CopyCoordinates(coordinates);
                Assert.True(refs.TryFind(coordinates, out var chunk));
                _ = (chunk.Kind, chunk.Offset, chunk.Length, chunk.InlineData, chunk.ChecksumETag, chunk.Extra, chunk.Location);
            }
        }
    }
}
