using FsCheck;
using FsCheck.Fluent;

namespace ArraylakeFs.Zarr.Tests.V2;

/// <summary>Arrays and groups over the whole table of what both formats have (zarr-tools.md section 3).</summary>
internal static class V2Generators
{
    private static readonly (string Type, string[] Fills)[] _types =
    [
        ("\"|b1\"", ["true", "false"]), ("\"|i1\"", ["-3", "0"]), ("\"<u2\"", ["7"]), ("\">i4\"", ["-9", "0"]), ("\"<u8\"", ["18446744073709551615"]),
        ("\"<i8\"", ["-9223372036854775808"]), ("\"<f2\"", ["0.5"]), ("\">f4\"", ["\"NaN\"", "0.0", "0.10000000149011612"]),
        ("\"<f8\"", ["\"-Infinity\"", "1e300", "0.0", "-9999.0"]), ("\">c8\"", ["[1.5,\"Infinity\"]", "[0.0,0.0]"]), ("\"<c16\"", ["[\"NaN\",0.0]"]),
        ("\"|S5\"", ["\"YWI=\"", "\"\""]), ("\"<U3\"", ["\"äb\"", "\"\""]), ("\"|V2\"", ["\"AAE=\""]), ("\"<M8[ns]\"", ["-9223372036854775808", "3"]),
        ("\">m8[10s]\"", ["5"]), ("\"<M8\"", ["0"]), ("\"|O\"", ["\"\"", "0", "\"äb\""]),
        ("[[\"a\",\"<i4\"],[\"b\",\"|S2\"],[\"c\",\"<c8\"]]", ["\"AQAAAGFiAACAPwAAAEA=\""]), ("[[\"a\",\">u2\"],[\"ü\",\">f8\"]]", ["\"AAE/8AAAAAAAAA==\""]),
    ];

    /// <summary>A <c>.zarray</c> and <c>.zattrs</c>.</summary>
    public static Gen<(string Document, string? Attributes)> V2Arrays =>
        from rank in Gen.Choose(0, 4)
        from shape in Gen.ArrayOf(Gen.Choose(0, 1000), rank)
        from chunks in Gen.ArrayOf(Gen.Choose(1, 60), rank)
        from typed in Gen.Elements(_types)
        from fill in Gen.Elements((string[])["null", .. typed.Fills])
        from separator in Gen.Elements("", ",\"dimension_separator\": \".\"", ",\"dimension_separator\": \"/\"")
        from order in Gen.Elements("C", rank > 1 ? "F" : "C")
        from compressor in Gen.Elements(
            "null", """{"id":"gzip","level":3}""", """{"id":"zlib","level":3}""", """{"id":"zstd","level":3}""", """{"id":"zstd","level":3,"checksum":true}""",
            """{"id":"blosc","cname":"zstd","clevel":5,"shuffle":2,"blocksize":0}""", """{"id":"blosc","cname":"lz4","clevel":9,"shuffle":0,"blocksize":1024}""",
            """{"id":"lz4","acceleration":1}""", """{"id":"bz2","level":1}""", """{"id":"lzma","format":1,"check":-1,"preset":null,"filters":null}""")
        from onElements in Gen.SubListOf(IsNumber(typed.Type)
            ? new[] { $$"""{"id":"delta","dtype":{{typed.Type}}}""", """{"id":"bitround","keepbits":3}""" }
            : [])
        from onBytes in Gen.SubListOf("""{"id":"shuffle","elementsize":4}""", """{"id":"crc32"}""", """{"id":"fletcher32"}""")
        from members in Gen.Elements("", "", ",\"_NCZARR_ARRAY\": {\"dimrefs\": [\"/x\"]}", ",\"ours\": [1.0, NaN]")
        from attributes in Attributes(rank)
        let filters = (string[])[.. typed.Type == "\"|O\"" ? new[] { """{"id":"vlen-utf8"}""" } : [], .. onElements, .. onBytes]
        select (
            $$"""
            {
              "zarr_format": 2, "shape": [{{string.Join(',', shape)}}], "chunks": [{{string.Join(',', chunks)}}], "dtype": {{typed.Type}},
              "fill_value": {{fill}}, "order": "{{order}}", "compressor": {{compressor}},
              "filters": {{(filters.Length == 0 ? "null" : $"[{string.Join(',', filters)}]")}}{{separator}}{{members}}
            }
            """, attributes);

    /// <summary>A <c>zarr.json</c> of an array that v2 can show.</summary>
    public static Gen<string> V3Arrays =>
        from rank in Gen.Choose(0, 3)
        from shape in Gen.ArrayOf(Gen.Choose(0, 1000), rank)
        from chunks in Gen.ArrayOf(Gen.Choose(1, 60), rank)
        from typed in Gen.Elements(
            ("\"bool\"", "false", "{\"name\": \"bytes\"}"), ("\"int32\"", "5", LittleEndian), ("{\"name\": \"int32\"}", "0", BigEndian),
            ("\"float32\"", "0", LittleEndian), ("\"float64\"", "\"NaN\"", BigEndian), ("\"complex64\"", "[0, 1.5]", LittleEndian),
            ("\"r16\"", "[1, 2]", "{\"name\": \"bytes\", \"configuration\": {}}"), ("\"string\"", "\"x\"", "{\"name\": \"vlen-utf8\", \"configuration\": {}}"),
            ("{\"name\": \"struct\", \"configuration\": {\"fields\": [{\"name\": \"a\", \"data_type\": \"int16\"}, {\"name\": \"b\", \"data_type\": \"float32\"}]}}",
                "{\"a\": 1, \"b\": 2.5}", BigEndian),
            ("{\"name\": \"structured\", \"configuration\": {\"fields\": [[\"a\", \"int16\"]]}}", "\"AQA=\"", LittleEndian), ("\"int8\"", "null", "{\"name\": \"bytes\"}"))
        from codecs in Gen.Elements("", ", {\"name\": \"gzip\", \"configuration\": {\"level\": 1}}", ", {\"name\": \"crc32c\"}, \"numcodecs.zlib\"")
        from encoding in Gen.Elements(
            "\"default\"", "{\"name\": \"default\", \"configuration\": {\"separator\": \"/\"}}", "{\"name\": \"default\", \"configuration\": {\"separator\": \".\"}}",
            "{\"name\": \"v2\"}", "{\"name\": \"v2\", \"configuration\": {\"separator\": \"/\"}}")
        from names in Gen.Elements("", Names(rank, i => $"\"d{i}\""), Names(rank, i => i == 0 ? "null" : "\"y\""))
        from attributes in Gen.Elements(
            "", "\"attributes\": {},", "\"attributes\": {\"a\" : [1,2.50, NaN], \"_FillValue\": \"AAAAAAAA+H8=\", \"_ARRAY_DIMENSIONS\": [\"d0\"]},",
            "\"attributes\": {\"_FillValue\": 5, \"_zarr_v2_fill_value\": \"null\", \"_NCZARR_ARRAY\": {}},",
            "\"attributes\": {\"_zarr_v2_members\": \"{\\\"ours\\\": 1, \\\"order\\\": \\\"F\\\"}\", \"_zarr_v2_attributes\": \"no json\"},")
        from extra in Gen.Elements("", "\"hint\": {\"must_understand\": false, \"x\": 1.00}, ", "\"storage_transformers\": [], ")
        from tail in Gen.Elements("", "\n", " \"old\": 1}}")
        select $$"""
            { {{extra}}"zarr_format": 3,
              "node_type": "array", {{attributes}} "shape": [{{string.Join(", ", shape)}}], "data_type": {{typed.Item1}},
              "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [{{string.Join(',', chunks)}}] } },
              "chunk_key_encoding": {{encoding}}, {{names}}
              "fill_value": {{typed.Item2}},
              "codecs": [{{typed.Item3}}{{codecs}}]
            }{{tail}}
            """;

    private const string LittleEndian = "{\"name\": \"bytes\", \"configuration\": {\"endian\": \"little\"}}";

    private const string BigEndian = "{\"name\": \"bytes\", \"configuration\": {\"endian\": \"big\"}}";

    private static Gen<string?> Attributes(int rank)
    {
        var names = string.Join(',', Enumerable.Range(0, rank).Select(i => $"\"d{i}\""));
        return Gen.Elements(
            null, "{}", """{"a": [1, 2.0, null, {"b": "ü"}], "big": 123456789012345678901234567890, "n": NaN, "t": "NaN"}""",
            $$"""{"_ARRAY_DIMENSIONS": [{{names}}], "units": "K"}""", $$"""{"_ARRAY_DIMENSIONS": [{{names}}], "_FillValue": -9999.0}""",
            $$"""{"_ARRAY_DIMENSIONS": [{{names}}], "_FillValue": NaN}""", $$"""{"_ARRAY_DIMENSIONS": [{{names}}], "_FillValue": 0}""",
            $$"""{"_ARRAY_DIMENSIONS": [{{names}}], "_FillValue": "AAAAAAAA+H8="}""", $$"""{"_ARRAY_DIMENSIONS": [{{names}}], "_FillValue": [1.0, 2.5e3]}""",
            """{"_FillValue": 5}""", """{"_ARRAY_DIMENSIONS": ["too", "many", "names", "for", "it"]}""", """{"_NCZARR_ARRAY": 1}""");
    }

    private static string Names(int rank, Func<int, string> name) => $"\"dimension_names\": [{string.Join(',', Enumerable.Range(0, rank).Select(name))}],";

    private static bool IsNumber(string dtype) => dtype.StartsWith('"') && dtype[2] is 'i' or 'u' or 'f';
}
