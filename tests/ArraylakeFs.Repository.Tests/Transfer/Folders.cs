using System.Globalization;
using System.Text;

namespace ArraylakeFs.Repository.Tests.Transfer;

/// <summary>A temporary folder with Zarr directories in it, and what tests say about directories.</summary>
internal sealed class Folders : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("arraylakefs-transfer-").FullName;

    public string this[string name] => Path.Combine(_root, name);

    public static string GroupV3 => """{"zarr_format": 3, "node_type": "group"}""";

    /// <summary>An array of bytes as v3.</summary>
    public static string ArrayV3(int[] shape, int[] chunks, string encoding = "default", string separator = "/") => $$$"""
        {"zarr_format": 3, "node_type": "array", "shape": {{{List(shape)}}}, "data_type": "uint8",
         "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": {{{List(chunks)}}}}},
         "chunk_key_encoding": {"name": "{{{encoding}}}", "configuration": {"separator": "{{{separator}}}"}},
         "fill_value": 0, "codecs": [{"name": "bytes"}], "attributes": {"odd": NaN}}
        """;

    /// <summary>An array of bytes as v2.</summary>
    public static string ArrayV2(int[] shape, int[] chunks, string separator = ".") => $$"""
        {"zarr_format": 2, "shape": {{List(shape)}}, "chunks": {{List(chunks)}}, "dtype": "|u1", "fill_value": 0, "order": "C",
         "filters": null, "compressor": null, "dimension_separator": "{{separator}}"}
        """;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>Writes a file with the folders above it.</summary>
    public string Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Writes a file with the folders above it.</summary>
    public string Write(string path, byte[] content)
    {
        var full = this[path];
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
        return full;
    }

    /// <summary>Every file below a folder, with its bytes as hexadecimal digits; without a store's own locks.</summary>
    public SortedDictionary<string, string> Read(string name)
    {
        var files = Directory.EnumerateFiles(this[name], "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 });
        var content = files.Select(file => (Name: Path.GetRelativePath(this[name], file), Bytes: Convert.ToHexString(File.ReadAllBytes(file))));
        return new(content.Where(file => !file.Name.StartsWith(".arraylakefs/", StringComparison.Ordinal)).ToDictionary(), StringComparer.Ordinal);
    }

    public string[] Names(string name) => [.. Directory.EnumerateFileSystemEntries(this[name]).Select(entry => Path.GetFileName(entry)!).Order(StringComparer.Ordinal)];

    /// <summary>A hierarchy of groups and arrays, as seed and format want it. Chunks are small and large, and some are missing.</summary>
    public void WriteRandom(string name, int seed, int format)
    {
        var random = new Random(seed);
        WriteGroup(name);
        foreach (var group in (string[])["", "a/", "a/b-c/", "ä 1/"])
        {
            if (group.Length > 0)
            {
                WriteGroup($"{name}/{group}");
            }

            for (var i = random.Next(3); i > 0; i--)
            {
                WriteArray(random, $"{name}/{group}array{i}", format);
            }
        }

        void WriteGroup(string path)
        {
            Write($"{path}/{(format == 3 ? "zarr.json" : ".zgroup")}", format == 3 ? GroupV3 : """{"zarr_format": 2}""");
            if (format == 2 && random.Next(2) == 0)
            {
                Write($"{path}/.zattrs", """{"title": "x"}""");
            }
        }
    }

    private void WriteArray(Random random, string path, int format)
    {
        int[] shape = [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(1, 9))];
        int[] chunks = [.. shape.Select(_ => random.Next(1, 4))];
        var separator = random.Next(2) == 0 ? "/" : ".";
        var encoding = format == 3 && random.Next(3) > 0 ? "default" : "v2";
        Write($"{path}/{(format == 3 ? "zarr.json" : ".zarray")}", format == 3 ? ArrayV3(shape, chunks, encoding, separator) : ArrayV2(shape, chunks, separator));
        foreach (var coordinates in Grid(shape, chunks).Where(_ => random.Next(4) > 0))
        {
            var bytes = new byte[random.Next(3) == 0 ? random.Next(1, 20_000) : random.Next(1, 600)];
            random.NextBytes(bytes);
            var texts = coordinates.Select(coordinate => coordinate.ToString(CultureInfo.InvariantCulture));
            Write($"{path}/{(encoding == "v2" ? shape.Length == 0 ? "0" : string.Join(separator, texts) : string.Join(separator, ["c", .. texts]))}", bytes);
        }
    }

    private static IEnumerable<int[]> Grid(int[] shape, int[] chunks) => shape.Zip(chunks, (length, chunk) => (length + chunk - 1) / chunk)
        .Aggregate((IEnumerable<int[]>)[[]], (all, count) => all.SelectMany(head => Enumerable.Range(0, count).Select(next => (int[])[.. head, next])));

    private static string List(int[] numbers) => $"[{string.Join(',', numbers)}]";
}
