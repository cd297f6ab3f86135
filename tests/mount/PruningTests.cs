using System.Globalization;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>A kernel with much memory forgets nothing by itself; the daemon's memory is bounded all the same.</summary>
public sealed class PruningTests : IDisposable
{
    private const int Files = 4000;
    private const int MostInodes = 256; // with --cache-size 1

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Linux618Fact]
    public void The_kernel_is_made_to_forget_what_nobody_uses_and_finds_all_of_it_again()
    {
        _world.Run("create", "org/repo").Succeed();
        var mount = _world.Mount("org/repo", options: ["--cache-size", "1"]);
        mount.Shell($$$"""
            mkdir -p root.zarr/a/c
            printf '{"zarr_format":3,"node_type":"group"}' > root.zarr/zarr.json
            printf '{"zarr_format":3,"node_type":"array","shape":[{{{Files}}}],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
            "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}]}' > root.zarr/a/zarr.json
            for i in $(seq 0 {{{Files - 1}}}); do echo chunk $i > root.zarr/a/c/$i; done
            """).Succeed();
        mount.Commit("many");
        string sum = "cat $(ls | sort -n) | sha256sum";
        string before = mount.Shell($"cd root.zarr/a/c; {sum}").Succeed();
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal($"{Files}\n", mount.Shell("exec 3< root.zarr/a/c/7; ls -l root.zarr/a/c | grep -c rw; cat <&3 > /dev/null").Succeed());
            Assert.Equal(before, mount.Shell($"cd commits/$(basename $(readlink branches/main))/root.zarr/a/c; {sum}").Succeed());
            Assert.True(SpinWait.SpinUntil(() => Inodes(mount) < 2 * MostInodes, TimeSpan.FromMinutes(1)), $"{Inodes(mount)} are left");
        }

        Assert.Equal(before, mount.Shell($"cd root.zarr/a/c; {sum}").Succeed());
        mount.Shell("cd root.zarr/a/c; for i in $(seq 10); do echo changed > $i; mv 1$i 2$i; done").Succeed();
        mount.Commit("changed");
        Assert.Equal("changed\n", mount.Shell("cat root.zarr/a/c/10").Succeed());
    }

    private static int Inodes(MountedRepository mount) => int.Parse(
        mount.Read("metrics").Split('\n').First(line => line.StartsWith("arraylakefs_inodes ", StringComparison.Ordinal)).Split(' ')[1],
        CultureInfo.InvariantCulture);

    /// <summary>A test for kernels that can be told to forget.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class Linux618FactAttribute : FactAttribute
    {
        public Linux618FactAttribute() => Skip = Missing.Mounting
            ?? (Environment.OSVersion.Version >= new Version(6, 18) ? null : "the kernel cannot be told what to forget before Linux 6.18");
    }
}
