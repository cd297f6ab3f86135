using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// Arrays of every data type, fill value, codec and separator that both formats have, and random combinations, written by zarr-python 3.4 as v2
/// and as v3. In both faces zarr-python 3.4 and 2.13 find what was written: the writer says what that is, from memory, and has written the same
/// into plain directories. <c>ARRAYLAKEFS_SEED</c> repeats the random ones.
/// </summary>
public sealed partial class MappingTests(ITestOutputHelper output) : IDisposable
{
    private const string Script = "/srv/tools/mapping.py";
    private const string RandomArrays = "40";

    /// <summary>
    /// What zarr-python 2.13 (numcodecs 0.11) makes of arrays that it does not know, by a part of their names; also of those on a plain directory,
    /// where they were written as v2.
    /// </summary>
    private static readonly (string Name, string Answer)[] _unknownToZarr2 =
    [
        ("crc32c", "ValueError: codec not available: 'crc32c'"),
        ("fletcher32", "ValueError: codec not available: 'fletcher32'"),
        ("jenkins_lookup3", "ValueError: codec not available: 'jenkins_lookup3'"),
        ("zstd-checksum", "TypeError: __init__() got an unexpected keyword argument 'checksum'"),
        ("fill1-bytes", "\"fill\", \"[\\\"/wBh\\\"]\""), // the base64 of the fill value is taken for it
        ("fill2-c8", "\"fill\", \"f11eb073fe28d18b\""), // 2 + NaN i: 1j * NaN makes NaN of both parts
        ("fill2-big-c8", "\"fill\", \"f11eb073fe28d18b\""),
    ];

    private readonly World _world = new();
    private readonly List<string> _wrong = [];

    public void Dispose() => _world.Dispose();

    [ChrootFact("forky", "bookworm")]
    public void Arrays_written_as_one_format_have_the_same_values_and_attributes_in_the_other()
    {
        var seed = Environment.GetEnvironmentVariable("ARRAYLAKEFS_SEED") is { Length: > 0 } given ? given : Random.Shared.Next().ToString();
        output.WriteLine($"ARRAYLAKEFS_SEED={seed}");
        _world.Run("create", "org/mapping").Succeed();
        var mount = _world.Mount("org/mapping");
        Directory.CreateDirectory(Path.Combine(_world.Folder, "disk"));
        var written = Run(
            Chroot.Forky, "write", seed, RandomArrays, "mounts/mnt/root.v2.zarr/two", "disk/two", "mounts/mnt/root.zarr/three", "disk/three");
        foreach (var (array, reason) in written["refused"]!.AsObject())
        {
            output.WriteLine($"zarr-python cannot do {array} on a plain directory: {reason}");
            Assert.Matches(FailsOnDisk(), array);
        }

        var expected = written["expected"]!.AsObject();
        Assert.DoesNotContain("files ", mount.Read("status"), StringComparison.Ordinal); // that stop a commit, or are not in it
        Check(Chroot.Forky, expected, "disk", "mounts/mnt/root.v2.zarr", "mounts/mnt/root.zarr");
        Check(Chroot.Bookworm, expected, "disk", "mounts/mnt/root.v2.zarr");
        CheckCopies(expected, "mounts/mnt/root.zarr", "mounts/mnt/root.v2.zarr");
        var commit = $"mounts/mnt/commits/{mount.Commit("two formats")}";
        Check(Chroot.Forky, expected, "mounts/mnt/root.v2.zarr", "mounts/mnt/root.zarr", $"{commit}/root.v2.zarr", $"{commit}/root.zarr");
        Check(Chroot.Bookworm, expected, "mounts/mnt/root.v2.zarr", $"{commit}/root.v2.zarr");
        Assert.True(_wrong.Count == 0, $"{_wrong.Count} are wrong, such as\n{string.Join('\n', _wrong.Take(10))}");
    }

    /// <summary>What a tool reads in each place is what was written.</summary>
    private void Check(Chroot chroot, JsonObject expected, params string[] roots)
    {
        var groups = (
            from root in roots
            from name in new[] { "two", "three" }
            let written = name == "two" ? "2" : "3"
            let face = root == "disk" ? written : root.EndsWith(".v2.zarr", StringComparison.Ordinal) ? "2" : "3"
            where face == "2" || chroot != Chroot.Bookworm
            select (Path: $"{root}/{name}", Written: written, Face: face)).ToList();
        var found = Run(chroot, "read", [.. groups.Select(group => group.Path)]);
        foreach (var (path, written, face) in groups)
        {
            var answers = found[$"/mnt/{path}"]!.AsObject();
            var wanted = expected.Where(array => array.Key[..1] == written).ToDictionary(array => array.Key[2..], array => $"{array.Value![face]}");
            Assert.Equal(wanted.Keys.Order(StringComparer.Ordinal), answers.Select(array => array.Key).Order(StringComparer.Ordinal));
            _wrong.AddRange(
                from array in answers
                let answer = $"{array.Value}"
                where answer != wanted[array.Key] && !(chroot == Chroot.Bookworm && IsUnknown(array.Key, answer))
                select $"{path}/{array.Key} in {chroot.Suite}:\n  {answer} is not\n  {wanted[array.Key]}");
        }
    }

    /// <summary>Consolidated metadata stays, whoever wrote the documents: what a tool has read it writes in its own way.</summary>
    private void CheckCopies(JsonObject expected, params string[] roots)
    {
        string[] groups = [.. roots.SelectMany(root => new[] { $"{root}/two", $"{root}/three" })];
        var found = Run(Chroot.Forky, "consolidate", groups);
        Assert.All(groups, group => Assert.Equal(
            expected.Count(array => array.Key[0] == (group.EndsWith("two", StringComparison.Ordinal) ? '2' : '3')), (int)found[$"/mnt/{group}"]!));
    }

    private static bool IsUnknown(string array, string answer) => _unknownToZarr2.Any(unknown =>
        array.Contains(unknown.Name, StringComparison.Ordinal) && answer.Contains(unknown.Answer, StringComparison.Ordinal));

    /// <summary>Arguments with a slash are paths below the world's folder.</summary>
    private JsonObject Run(Chroot chroot, string verb, params string[] arguments)
    {
        var shown = arguments.Select(argument => argument.Contains('/', StringComparison.Ordinal) ? $"/mnt/{argument}" : argument);
        return JsonNode.Parse(chroot.Run(_world.Folder, ["python3", Script, verb, .. shown]).Succeed())!.AsObject();
    }

    /// <summary>
    /// Of the table, numcodecs 0.17 cannot round big-endian numbers to bits, nor quantize them or round to bits in order F of v2. Random filters may
    /// not fit their chunks.
    /// </summary>
    [GeneratedRegex("random|2/.*-(bitround|big-f.-quantize)")]
    private static partial Regex FailsOnDisk();
}
