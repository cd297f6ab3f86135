using System.Globalization;
using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// Damaged repositories below a real mount: EIO and a text that names the file, a daemon that lives, in bounded memory. (Thousands of
/// damages more are tried without a kernel, in the tests of each layer.)
/// </summary>
public sealed class BadRepositoryTests(ITestOutputHelper output) : IDisposable
{
    private const int Seed = 20261122;
    private const int MaxMegabytes = 400;
    private const string Array = """
        {"zarr_format":3,"node_type":"array","shape":[100],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
        "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}],"attributes":{"version":"VERSION"}}
        """;

    private readonly World _world = new();
    private readonly Random _random = new(Seed);

    private string Repository => _world.RepositoryFolder("org/repo");

    public void Dispose() => _world.Dispose();

    [MountFact]
    public void Damaged_commits_are_named_and_everything_else_is_readable()
    {
        output.WriteLine($"seed {Seed}");
        const int Commits = 36;
        var commits = MakeCommits(Commits);
        var damages = commits.SkipLast(1).Select((commit, i) => Damage(commit.Id, i)).ToList();
        var mount = _world.Mount("org/repo", "damaged");
        var (refused, healthy) = (0, 0);
        foreach (var (commit, damage) in commits.Zip(damages))
        {
            var answer = mount.Shell("find commits/$1/root.zarr -type f -exec cat {} + | sha256sum; exit ${PIPESTATUS[0]}", commit.Id);
            var text = mount.Read("error");
            if (damage.IsCertain || answer.ExitCode != 0)
            {
                Assert.True(answer.ExitCode != 0, $"{damage}: it reads as if nothing were wrong");
                Assert.Contains("Input/output error", answer.Error, StringComparison.Ordinal);
                Assert.True(text.Contains(damage.IsCertain ? damage.Key : "/", StringComparison.Ordinal), $"{damage}: {text}");
                refused++;
            }
            else
            {
                healthy++;
            }

            Assert.True(mount.IsAlive, $"{damage} killed the daemon");
        }

        // The newest commit is sound, and a new one can be made on it.
        Assert.Equal(commits[^1].Sum, Sum(mount, "root.zarr"));
        mount.Shell("head -c 3000 /dev/urandom > root.zarr/a/c/99").Succeed();
        Assert.Equal(Sum(mount, "root.zarr"), Sum(mount, $"commits/{mount.Commit("after all the damage")}/root.zarr"));
        CheckMemory(mount);
        output.WriteLine($"{refused} refused, {healthy} read as something; the daemon needed at most {Megabytes(mount)} MiB");
    }

    [MountTheory]
    [InlineData("repo")]
    [InlineData("snapshots")]
    public void A_repository_whose_newest_state_is_damaged_does_not_mount_and_says_which_file_it_is(string what)
    {
        var (tip, _) = MakeCommits(2)[^1];
        _world.Run("create", "org/sound").Succeed();
        var sound = _world.Mount("org/sound", "sound");
        var key = what == "repo" ? what : $"snapshots/{tip}";
        var file = Path.Combine(Repository, key);
        var original = File.ReadAllBytes(file);
        var place = _world.NewPath("place");
        Directory.CreateDirectory(place);
        for (var i = 0; i < 8; i++)
        {
            var damaged = i switch
            {
                0 => [],
                1 => original[..38],
                2 => original[..^1],
                3 => Bomb(original),
                _ => original[.._random.Next(original.Length)],
            };
            Replace(file, damaged);
            var answer = _world.Run("mount", "org/repo", place);
            Assert.Equal(1, answer.ExitCode);
            Assert.StartsWith("arraylakefs: ", answer.Error, StringComparison.Ordinal);
            Assert.Single(answer.Error.TrimEnd().Split('\n'));
            Assert.Contains(key, answer.Error, StringComparison.Ordinal);
            Assert.Null(MountTable.At(place));
        }

        // Others are not concerned; and with the file back, neither is this one.
        Assert.Contains("No changes", sound.Read("status"), StringComparison.Ordinal);
        Replace(file, original);
        _world.Mount("org/repo", "again").Shell("cat root.zarr/a/zarr.json > /dev/null").Succeed();
    }

    [MountFact]
    public void A_repo_file_that_breaks_while_it_is_mounted_is_named_and_the_mount_goes_on_when_it_is_whole()
    {
        MakeCommits(1);
        var mount = _world.Mount("org/repo", "mounted");
        var file = Path.Combine(Repository, "repo");
        var original = File.ReadAllBytes(file);
        for (var i = 0; i < 10; i++)
        {
            Replace(file, i % 2 == 0 ? original[.._random.Next(original.Length)] : Bomb(original));
            Assert.Equal("EIO", mount.Write("commit", "message\n").Errno);
            Assert.Contains("repo", mount.Read("error"), StringComparison.Ordinal);
            Assert.Equal("EIO", mount.TryRead("log").Errno);
            mount.Shell("cat root.zarr/a/c/0 > /dev/null").Succeed();
            Replace(file, original);
            mount.Read("log");
        }

        mount.Shell("printf more > root.zarr/a/c/50").Succeed();
        mount.Commit("it works on");
        CheckMemory(mount);
    }

    private sealed record Damaged(string Key, string How, bool IsCertain);

    /// <summary>Makes commits, each with manifest and snapshot of its own, and unmounts. What they hold stands beside their ids.</summary>
    private IReadOnlyList<(string Id, string Sum)> MakeCommits(int count)
    {
        _world.Run("create", "org/repo").Succeed();
        var mount = _world.Mount("org/repo", "maker");
        mount.Shell("mkdir -p root.zarr/a/c; echo '{\"zarr_format\":3,\"node_type\":\"group\"}' > root.zarr/zarr.json").Succeed();
        var lines = mount.Shell(
            """
            set -e
            for i in $(seq 0 $(($1 - 1))); do
                echo "${2/VERSION/$i}" > root.zarr/a/zarr.json
                head -c $((600 + i)) /dev/urandom > root.zarr/a/c/$i
                printf inline > root.zarr/a/c/$((i + 40))
                echo "commit $i" > commit
                echo "$(cat commit) $(cd root.zarr && find . -type f -exec sha256sum {} + | sort | sha256sum)"
            done
            """, count.ToString(), Array).Succeed().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        mount.Unmount();
        return [.. lines.Select(line => (line[..20], line[21..]))];
    }

    /// <summary>Damages the snapshot or the newest manifest of a commit, in one of several ways.</summary>
    private Damaged Damage(string commit, int number)
    {
        var snapshot = Path.Combine(Repository, "snapshots", commit);
        var manifests = new DirectoryInfo(Path.Combine(Repository, "manifests")).GetFiles();
        var manifest = manifests.Where(file => file.LastWriteTimeUtc <= File.GetLastWriteTimeUtc(snapshot)).MaxBy(file => file.LastWriteTimeUtc)!.FullName;
        var file = number % 2 == 0 ? snapshot : manifest;
        var original = File.ReadAllBytes(file);
        var at = _random.Next(original.Length);
        var (how, damaged) = (number / 2 % 6) switch
        {
            0 => ($"the first {at} bytes", original[..at]),
            1 => ("empty", []),
            2 => ("a bomb", Bomb(original)),
            3 => ("missing", null),
            _ => ($"bit {number % 8} of byte {at} flipped", Flip(original, at, number % 8)),
        };
        Replace(file, damaged);
        return new Damaged($"{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileName(file)}", how, number / 2 % 6 < 4);
    }

    private static byte[] Flip(byte[] original, int at, int bit)
    {
        byte[] changed = [.. original];
        changed[at] ^= (byte)(1 << bit);
        return changed;
    }

    /// <summary>A sound header before 1 GiB of zeros, which zstd makes small.</summary>
    private byte[] Bomb(byte[] original)
    {
        const int HeaderBytes = 39;
        var file = Path.Combine(_world.Folder, "bomb.zst");
        if (!File.Exists(file))
        {
            Command.Shell("head -c 1G /dev/zero | zstd -q -1 -o \"$1\"", file).Succeed();
        }

        return [.. original[..HeaderBytes], .. File.ReadAllBytes(file)];
    }

    /// <summary>As a program that replaces a file: with a new inode. Null removes it.</summary>
    private static void Replace(string file, byte[]? bytes)
    {
        File.Delete(file);
        if (bytes is not null)
        {
            File.WriteAllBytes(file, bytes);
        }
    }

    private static string Sum(MountedRepository mount, string tree) =>
        mount.Shell("cd $1 && find . -type f -exec sha256sum {} + | sort | sha256sum", tree).Succeed().TrimEnd('\n');

    private static int Megabytes(MountedRepository mount) => int.Parse(
        File.ReadLines($"/proc/{mount.ProcessId}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;

    private static void CheckMemory(MountedRepository mount) =>
        Assert.True(Megabytes(mount) < MaxMegabytes, $"the daemon needed {Megabytes(mount)} MiB");
}
