using System.Globalization;
using System.Text.Json.Nodes;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Virtual chunks are read where the user allows it, and only as long as their targets are what they were.</summary>
public sealed class VirtualChunkTests : IAsyncLifetime, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-virtual-").FullName;
    private readonly MemoryObjectStore _store = new();

    public async Task InitializeAsync()
    {
        Write("data/big.bin", "0123456789");
        await Lake.CreateAsync(_store);
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Bytes_are_read_at_their_offset()
    {
        var chunk = await RefAsync(Url("data/big.bin"), offset: 2, length: 5);
        var repository = await OpenAsync("data/");
        Assert.Equal("23456", await ReadAsync(repository, chunk));
        var buffer = new byte[10];
        Assert.Equal(2, await repository.ReadChunkAsync(chunk, 3, buffer, default));
        Assert.Equal("56"u8.ToArray(), buffer[..2]);
        Assert.Equal(0, await repository.ReadChunkAsync(chunk, 5, buffer, default));
        Assert.Equal(0, await repository.ReadChunkAsync(chunk, 9, buffer, default));
        using var opened = await repository.OpenVirtualAsync(chunk, default);
        Assert.Equal(5, await opened.ReadAsync(0, buffer, default));
        Assert.Equal(0, await opened.ReadAsync(5, buffer, default));
    }

    [Theory]
    [InlineData("data/")]
    [InlineData("data")]
    [InlineData("")]
    [InlineData("other/", "data/")]
    public async Task A_prefix_allows_what_lies_below_it(params string[] allowed)
    {
        var chunk = await RefAsync(Url("data/big.bin"));
        Assert.Equal("0123456789", await ReadAsync(await OpenAsync(allowed), chunk));
    }

    [Fact]
    public async Task Everything_is_below_the_root()
    {
        var chunk = await RefAsync(Url("data/big.bin"));
        Assert.Equal("0123456789", await ReadAsync(await ZarrRepository.OpenAsync(_store, VirtualAccess.Of(["file:///"]), default), chunk));
    }

    [Theory]
    [InlineData]
    [InlineData("dat")]
    [InlineData("data/big.bin")]
    [InlineData("data/big")]
    [InlineData("data/below/")]
    [InlineData("Data/")]
    public async Task What_no_prefix_covers_is_denied_and_the_prefix_is_named(params string[] allowed)
    {
        var chunk = await RefAsync(Url("data/big.bin"));
        var denied = await FailureAsync(await OpenAsync(allowed), chunk, RepositoryErrorKind.Denied);
        Assert.Contains($"--allow-virtual {Url("data/")}", denied.Message, StringComparison.Ordinal);
        Assert.Contains("allow_virtual", denied.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Permission_comes_first_so_that_nobody_learns_what_is_there()
    {
        var there = await FailureAsync(await OpenAsync(), await RefAsync(Url("data/big.bin")), RepositoryErrorKind.Denied);
        var missing = await FailureAsync(await OpenAsync(), await RefAsync(Url("data/big.bim")), RepositoryErrorKind.Denied);
        Assert.Equal(there.Message, missing.Message.Replace("big.bim", "big.bin", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("data/../secret.bin")]
    [InlineData("data/%2e%2e/secret.bin")]
    [InlineData("data/%2E./secret.bin")]
    [InlineData("data/..%2fsecret.bin")]
    [InlineData("data/../data/big.bin")]
    [InlineData("data/./big.bin")]
    [InlineData("data//big.bin")]
    [InlineData("data/big.bin%00.png")]
    [InlineData("data/")]
    public async Task Locations_that_are_no_plain_path_are_refused(string location)
    {
        Write("secret.bin", "a secret that must not be read");
        var chunk = await RefAsync(Url("") + location);
        await FailureAsync(await OpenAsync("data/"), chunk, RepositoryErrorKind.Corrupt);
        await FailureAsync(await OpenAsync(""), chunk, RepositoryErrorKind.Corrupt);
    }

    [Fact]
    public async Task A_link_out_of_the_prefix_is_denied_until_a_prefix_covers_both_ends()
    {
        Write("secret.bin", "0123456789");
        File.CreateSymbolicLink(Path.Combine(_folder, "data/link.bin"), "../secret.bin");
        File.CreateSymbolicLink(Path.Combine(_folder, "data/inside.bin"), "big.bin");
        var chunk = await RefAsync(Url("data/link.bin"));
        var denied = await FailureAsync(await OpenAsync("data/"), chunk, RepositoryErrorKind.Denied);
        Assert.Contains("link", denied.Message, StringComparison.Ordinal);
        Assert.Contains(Url("data/"), denied.Message, StringComparison.Ordinal);
        Assert.Equal("0123456789", await ReadAsync(await OpenAsync(""), chunk));
        Assert.Equal("0123456789", await ReadAsync(await OpenAsync("", "data/"), chunk));
        Assert.Equal("0123456789", await ReadAsync(await OpenAsync("data/"), await RefAsync(Url("data/inside.bin"))));
    }

    [Fact]
    public async Task A_target_that_is_missing_short_or_no_file_is_lost()
    {
        var repository = await OpenAsync("data/");
        await FailureAsync(repository, await RefAsync(Url("data/nothing.bin")), RepositoryErrorKind.TargetLost);
        await FailureAsync(repository, await RefAsync(Url("data/big.bin/below")), RepositoryErrorKind.TargetLost);
        await FailureAsync(repository, await RefAsync(Url("data/big.bin"), offset: 1, length: 10), RepositoryErrorKind.TargetLost);
        await FailureAsync(repository, await RefAsync(Url("data/big.bin"), offset: 100, length: 1), RepositoryErrorKind.TargetLost);
        await FailureAsync(repository, await RefAsync(Url("data/big.bin"), offset: ulong.MaxValue - 5), RepositoryErrorKind.Corrupt);
        Directory.CreateDirectory(Path.Combine(_folder, "data/folder"));
        var folder = await RefAsync(Url("data/folder"));
        await Assert.ThrowsAsync<StorageException>(() => ReadAsync(repository, folder));

        // Also where the part that is asked for is there.
        var chunk = await RefAsync(Url("data/big.bin"));
        using var opened = await repository.OpenVirtualAsync(chunk, default);
        Assert.Equal(2, await opened.ReadAsync(0, new byte[2], default));
        Write("data/big.bin", "0123");
        var lost = await Assert.ThrowsAsync<RepositoryException>(async () => await opened.ReadAsync(0, new byte[2], default));
        Assert.Equal(RepositoryErrorKind.TargetLost, lost.Kind);
        Assert.Contains("4 bytes", lost.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("\"{0}\"")]
    [InlineData("\"\"{0}\"\"")]
    public async Task A_target_of_another_ETag_is_lost(string quoted)
    {
        var repository = await OpenAsync("data/");
        var etag = string.Format(CultureInfo.InvariantCulture, quoted, await ETagAsync("data/big.bin"));
        var chunk = await RefAsync(Url("data/big.bin"), etag: etag, modified: 1); // the ETag is what counts
        Assert.Equal("0123456789", await ReadAsync(repository, chunk));
        using var opened = await repository.OpenVirtualAsync(chunk, default);
        Write("data/big.bin", "0123456780");
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "data/big.bin"), DateTime.UtcNow.AddSeconds(1));
        var lost = await FailureAsync(repository, chunk, RepositoryErrorKind.TargetLost);
        Assert.Contains("changed", lost.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RepositoryException>(async () => await opened.ReadAsync(0, new byte[10], default));
        await FailureAsync(repository, await RefAsync(Url("data/big.bin"), etag: "\"another\""), RepositoryErrorKind.TargetLost);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(-1, true)]
    [InlineData(1, false)]
    [InlineData(1000, false)]
    public async Task A_target_newer_than_the_reference_says_is_lost(int milliseconds, bool isRead)
    {
        const uint Seconds = 1_700_000_000;
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "data/big.bin"), DateTime.UnixEpoch.AddSeconds(Seconds).AddMilliseconds(milliseconds));
        var chunk = await RefAsync(Url("data/big.bin"), modified: Seconds);
        var repository = await OpenAsync("data/");
        if (isRead)
        {
            Assert.Equal("0123456789", await ReadAsync(repository, chunk));
        }
        else
        {
            Assert.Contains("changed", (await FailureAsync(repository, chunk, RepositoryErrorKind.TargetLost)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("an odd#name?%.bin", "an%20odd%23name%3F%25.bin")]
    [InlineData("ünï🌊.bin", "ünï🌊.bin")]
    [InlineData("ünï🌊.bin", "%C3%BCn%C3%AF%F0%9F%8C%8A.bin")]
    [InlineData("a%20b", "a%2520b")]
    [InlineData("query.bin", "query.bin?versionId=3#part")]
    public async Task Locations_are_decoded_once(string name, string encoded)
    {
        Write("data/" + name, "abc");
        var chunk = await RefAsync(Url("data/") + encoded, length: 3);
        Assert.Equal("abc", await ReadAsync(await OpenAsync("data/"), chunk));
        Assert.Equal("abc", await ReadAsync(await OpenAsync("data/"), await RefAsync($"FILE://localhost{_folder}/data/{encoded}", length: 3)));
    }

    [Fact]
    public async Task Prefixes_are_decoded_too_and_what_is_shown_can_be_typed()
    {
        Write("a b;$(id)\n/x.bin", "abc");
        var chunk = await RefAsync(Url("a%20b;$(id)%0A/x.bin"), length: 3);
        var denied = await FailureAsync(await OpenAsync(), chunk, RepositoryErrorKind.Denied);
        Assert.Contains($"--allow-virtual {Url("a%20b%3B%24%28id%29%0A/")},", denied.Message, StringComparison.Ordinal);
        Assert.Equal("abc", await ReadAsync(await OpenAsync("a%20b%3B%24%28id%29%0A/"), chunk));
        Assert.Equal("abc", await ReadAsync(await OpenAsync("a b;$(id)\n"), chunk));
    }

    [Theory]
    [InlineData("/data/")]
    [InlineData("data")]
    [InlineData("")]
    [InlineData("s3://bucket/")]
    [InlineData("file://")]
    [InlineData("file:///a/../b/")]
    [InlineData("file:///a/%2e%2e/b/")]
    [InlineData("file:///a//b/")]
    [InlineData("file:///a#b/")]
    [InlineData("file:///a?b/")]
    [InlineData("file:///a%00/")]
    [InlineData("file://host/a/")]
    public void A_prefix_that_is_none_is_named(string prefix)
    {
        var refused = Assert.Throws<RepositoryException>(() => VirtualAccess.Of(["file:///good/", prefix]));
        Assert.Contains($"'{prefix}'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://bucket/key")]
    [InlineData("https://example.org/x")]
    [InlineData("no location at all\n")]
    [InlineData("file:/data/big.bin")]
    public async Task Other_schemes_are_named_and_not_supported_yet(string location)
    {
        var refused = await FailureAsync(await OpenAsync(""), await RefAsync(location), RepositoryErrorKind.Unsupported);
        Assert.Contains(location.Trim(), refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task A_location_longer_than_any_path_is_refused_and_not_repeated()
    {
        var refused = await FailureAsync(await OpenAsync(""), await RefAsync(Url(new string('x', 20_000))), RepositoryErrorKind.Corrupt);
        Assert.True(refused.Message.Length < 200);
    }

    [Fact]
    public async Task A_location_below_a_container_that_nobody_configured_is_refused()
    {
        var refused = await FailureAsync(await OpenAsync(""), await RefAsync("vcc://data/big.bin"), RepositoryErrorKind.Corrupt);
        Assert.Contains("'data'", refused.Message, StringComparison.Ordinal);
        await FailureAsync(await OpenAsync(""), await RefAsync("vcc://data"), RepositoryErrorKind.Corrupt);
    }

    [Fact]
    public void Containers_give_names_to_places()
    {
        var config = (JsonObject)JsonNode.Parse("""
            {"virtual_chunk_containers":{
              "file:///data/":{"name":"named","url_prefix":"file:///data/","store":{"local_file_system":""}},
              "file:///nameless/":{"name":null,"url_prefix":"file:///nameless/","store":{"local_file_system":""}},
              "old":{"url_prefix":"s3://bucket/prefix","store":{"s3":{}}},
              "senseless":null, "odd":{"name":"odd","url_prefix":7}}}
            """)!;
        var containers = VirtualContainers.Read(config);
        Assert.Equal("file:///data/a/b%20c", containers.Expand("vcc://named/a/b%20c"));
        Assert.Equal("file:///data/../x", containers.Expand("vcc://named/../x"));
        Assert.Equal("s3://bucket/prefix/a", containers.Expand("vcc://old/a"));
        Assert.Equal("file:///other/x", containers.Expand("file:///other/x"));
        foreach (var location in new[] { "vcc://senseless/a", "vcc://odd/a", "vcc://named", "vcc:///a", "vcc://" })
        {
            Assert.Equal(RepositoryErrorKind.Corrupt, Assert.Throws<RepositoryException>(() => containers.Expand(location)).Kind);
        }

        Assert.Throws<RepositoryException>(() => VirtualContainers.Read(null).Expand("vcc://named/a"));
        Assert.Throws<RepositoryException>(() => VirtualContainers.Read([]).Expand("vcc://named/a"));
    }

    private void Write(string path, string text)
    {
        path = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private string Url(string path) => $"file://{_folder}/{path}";

    private Task<ZarrRepository> OpenAsync(params string[] allowed) =>
        ZarrRepository.OpenAsync(_store, VirtualAccess.Of(allowed.Select(Url)), default);

    /// <summary>A reference as it is read from a manifest.</summary>
    private async Task<ChunkReference> RefAsync(string location, ulong offset = 0, ulong length = 10, string? etag = null, uint modified = 0)
    {
        var lake = await Lake.OpenAsync(_store);
        var path = $"/{Guid.NewGuid():N}";
        await Foreign.CommitArrayAsync(lake, path, [1], writer => writer.AddVirtual([0], location, offset, length, etag, modified));
        Assert.True((await lake.ChunksAsync(path)).TryFind([0], out var chunk));
        Assert.Equal((location, (long)length, etag, modified), (chunk.Location, chunk.Length, chunk.ChecksumETag, chunk.ChecksumLastModified));
        return chunk;
    }

    private async Task<string> ETagAsync(string path)
    {
        await using var store = new LocalObjectStore(_folder);
        return (await store.StatAsync(path, default))!.ETag.Value;
    }

    private Task<string> ReadAsync(ZarrRepository repository, ChunkReference chunk) => new Lake(_store, repository).ReadAsync(chunk);

    private async Task<RepositoryException> FailureAsync(ZarrRepository repository, ChunkReference chunk, RepositoryErrorKind kind)
    {
        var failure = await Assert.ThrowsAsync<RepositoryException>(() => ReadAsync(repository, chunk));
        Assert.Equal(kind, failure.Kind);
        return failure;
    }
}
