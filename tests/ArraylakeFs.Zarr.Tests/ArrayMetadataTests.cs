using static ArraylakeFs.Zarr.Tests.Documents;

namespace ArraylakeFs.Zarr.Tests;

public class ArrayMetadataTests
{
    [Theory]
    [InlineData("shape")]
    [InlineData("data_type")]
    [InlineData("chunk_grid")]
    [InlineData("chunk_key_encoding")]
    [InlineData("fill_value")]
    [InlineData("codecs")]
    [InlineData("zarr_format")]
    [InlineData("node_type")]
    public void Every_member_that_the_specification_requires_is_required_of_a_commit(string member) =>
        Assert.Equal($"{member} is missing", ErrorOf(ArrayWith((member, null))));

    [Theory]
    [InlineData("data_type")]
    [InlineData("chunk_key_encoding")]
    [InlineData("fill_value")]
    [InlineData("codecs")]
    [InlineData("zarr_format")]
    [InlineData("attributes")]
    [InlineData("storage_transformers")]
    public void A_stored_document_needs_only_what_locates_chunks(string member) =>
        Assert.Equal((uint[])[10], NodeDocument.Parse(ArrayWith((member, null)), DocumentRules.Stored).Array!.Grid.ChunkCounts);

    [Theory]
    [InlineData("shape")]
    [InlineData("chunk_grid")]
    [InlineData("node_type")]
    public void A_stored_document_still_needs_what_locates_chunks(string member) =>
        Assert.Equal($"{member} is missing", ErrorOf(ArrayWith((member, null)), DocumentRules.Stored));

    [Theory]
    [InlineData("100", "shape is not a list")]
    [InlineData("[-1]", "shape[0] is -1 where a whole number is expected")]
    [InlineData("[1.5]", "shape[0] is 1.5 where a whole number is expected")]
    [InlineData("[\"1\"]", "shape[0] is \"1\" where a whole number is expected")]
    [InlineData("[null]", "shape[0] is null where a whole number is expected")]
    [InlineData("[18446744073709551616]", "shape[0] is 18446744073709551616 where a whole number is expected")]
    [InlineData("[1,2]", "chunk_shape has 1 dimensions, shape has 2")]
    [InlineData("[]", "chunk_shape has 1 dimensions, shape has 0")]
    public void A_wrong_shape_is_named(string shape, string error)
    {
        Assert.Equal(error, ErrorOf(ArrayWith(("shape", shape))));
        Assert.Equal(error, ErrorOf(ArrayWith(("shape", shape)), DocumentRules.Stored));
    }

    [Theory]
    [InlineData("[0]", "[10]", new uint[] { 0 })]
    [InlineData("[1]", "[10]", new uint[] { 1 })]
    [InlineData("[10]", "[10]", new uint[] { 1 })]
    [InlineData("[11]", "[10]", new uint[] { 2 })]
    [InlineData("[]", "[]", new uint[0])]
    [InlineData("[8,0,5]", "[4,1,2]", new uint[] { 2, 0, 3 })]
    [InlineData("[18446744073709551615]", "[18446744073709551615]", new uint[] { 1 })]
    [InlineData("[4294967295]", "[1]", new uint[] { uint.MaxValue })]
    public void A_regular_grid_has_the_quotient_rounded_up(string shape, string chunkShape, uint[] counts)
    {
        var array = Array(("shape", shape), ("chunk_grid", $$$"""{"name":"regular","configuration":{"chunk_shape":{{{chunkShape}}}}}"""));
        Assert.Equal(counts, array.Grid.ChunkCounts);
        Assert.Equal(counts.Length, array.Rank);
    }

    [Fact]
    public void Chunks_of_length_0_are_read_and_not_committed()
    {
        var document = ArrayWith(("chunk_grid", """{"name":"regular","configuration":{"chunk_shape":[0]}}"""));
        Assert.Equal("a chunk of the chunk_grid has the length 0", ErrorOf(document));
        Assert.Equal((uint[])[0], NodeDocument.Parse(document, DocumentRules.Stored).Array!.Grid.ChunkCounts);
    }

    [Fact]
    public void More_chunks_than_Icechunk_can_number_are_an_error() => Assert.Equal(
        "dimension 0 has 4294967296 chunks, more than the 4294967295 that Icechunk can number",
        ErrorOf(ArrayWith(("shape", "[42949672951]"))));

    [Theory]
    [InlineData("[[2,3],4]", new uint[] { 2, 2 })]
    [InlineData("[[[2,3],4],[4]]", new uint[] { 4, 1 })]
    [InlineData("[[[10,1000000]],3]", new uint[] { 1000000, 3 })]
    [InlineData("[[],[1]]", new uint[] { 0, 1 })]
    public void A_rectilinear_grid_counts_edges_and_runs(string chunkShapes, uint[] counts)
    {
        var grid = $$$"""{"name":"rectilinear","configuration":{"kind":"inline","chunk_shapes":{{{chunkShapes}}}}}""";
        var array = Array(("shape", "[5,7]"), ("chunk_grid", grid));
        Assert.Equal(counts, array.Grid.ChunkCounts);
        Assert.Null(array.Grid.ChunkShape);
    }

    [Theory]
    [InlineData("""{"name":"regular"}""", "chunk_shape of chunk_grid is missing")]
    [InlineData("""{"name":"regular","configuration":[]}""", "chunk_shape of chunk_grid is missing")]
    [InlineData("""{"name":"regular","configuration":{"chunk_shape":"10"}}""", "chunk_shape is not a list")]
    [InlineData("""{"name":"hexagonal","configuration":{}}""", "the chunk_grid \"hexagonal\" is not supported")]
    [InlineData("""{"configuration":{}}""", "chunk_grid is {\"configuration\":{}} where a name is expected")]
    [InlineData("""{"name":"rectilinear","configuration":{"chunk_shapes":[[1],[2]]}}""", "chunk_shapes has 2 dimensions, shape has 1")]
    [InlineData("""{"name":"rectilinear","configuration":{"chunk_shapes":{}}}""", "chunk_shapes is not a list")]
    [InlineData(
        """{"name":"rectilinear","configuration":{"chunk_shapes":[[[1,2,3]]]}}""",
        "a run of chunk_shapes[0] is [1,2,3] where [length, count] is expected")]
    [InlineData(
        """{"name":"rectilinear","configuration":{"chunk_shapes":[["x"]]}}""",
        "an edge of chunk_shapes[0] is \"x\" where a whole number is expected")]
    [InlineData(
        """{"name":"rectilinear","configuration":{"chunk_shapes":[[[1,4294967295],5]]}}""",
        "dimension 0 has 4294967296 chunks, more than the 4294967295 that Icechunk can number")]
    [InlineData(
        """{"name":"rectilinear","configuration":{"chunk_shapes":[[[1,18446744073709551615],[1,18446744073709551615]]]}}""",
        "dimension 0 has 18446744073709551615 chunks, more than the 4294967295 that Icechunk can number")]
    public void A_wrong_grid_is_named(string grid, string error) => Assert.Equal(error, ErrorOf(ArrayWith(("chunk_grid", grid))));

    [Fact]
    public void A_shape_of_too_many_dimensions_is_an_error()
    {
        var shape = "[" + string.Join(',', Enumerable.Repeat("1", Limits.MaxRank + 1)) + "]";
        Assert.Equal("shape has 1025 dimensions, more than the 1024 allowed", ErrorOf(ArrayWith(("shape", shape))));
    }

    [Fact]
    public void Coordinates_are_inside_the_grid_or_not()
    {
        var array = Array(
            ("shape", "[20,3]"), ("chunk_grid", """{"name":"regular","configuration":{"chunk_shape":[10,1]}}"""));
        Assert.True(array.Contains([1, 2]));
        Assert.False(array.Contains([2, 0]));
        Assert.False(array.Contains([0, 3]));
        Assert.False(array.Contains([0]));
        Assert.False(array.Contains([0, 0, 0]));
        var scalar = Array(("shape", "[]"), ("chunk_grid", """{"name":"regular","configuration":{"chunk_shape":[]}}"""));
        Assert.True(scalar.Contains([]));
        Assert.False(scalar.Contains([0]));
    }

    [Theory]
    [InlineData("""{"name":"default"}""", "default /")]
    [InlineData("\"default\"", "default /")]
    [InlineData("""{"name":"default","configuration":{}}""", "default /")]
    [InlineData("""{"name":"default","configuration":{"separator":"."}}""", "default .")]
    [InlineData("""{"name":"v2"}""", "v2 .")]
    [InlineData("""{"name":"v2","configuration":{"separator":"/"}}""", "v2 /")]
    [InlineData("""{"name":"v2","configuration":{"separator":"."}}""", "v2 .")]
    public void The_four_key_encodings_are_read(string json, string expected) =>
        Assert.Equal(expected, Array(("chunk_key_encoding", json)).KeyEncoding.ToString());

    [Theory]
    [InlineData("""{"name":"fancy"}""", "the chunk_key_encoding \"fancy\" is not supported")]
    [InlineData("{}", "chunk_key_encoding is {} where a name is expected")]
    [InlineData("null", "chunk_key_encoding is null where a name is expected")]
    public void Other_key_encodings_are_an_error(string json, string error) =>
        Assert.Equal(error, ErrorOf(ArrayWith(("chunk_key_encoding", json))));

    [Theory]
    [InlineData("\"-\"")]
    [InlineData("\"\"")]
    [InlineData("7")]
    [InlineData("null")]
    public void Other_separators_are_an_error(string separator)
    {
        var error = ErrorOf(ArrayWith(("chunk_key_encoding", $$$"""{"name":"v2","configuration":{"separator":{{{separator}}}}}""")));
        Assert.EndsWith("where \"/\" or \".\" is expected", error);
    }

    [Fact]
    public void Dimension_names_are_read_with_their_gaps()
    {
        var grid = ("chunk_grid", """{"name":"regular","configuration":{"chunk_shape":[1,1]}}""");
        Assert.Equal((string?[])["y", null], Array(("shape", "[1,1]"), grid, ("dimension_names", """["y",null]""")).DimensionNames!.Value);
        Assert.Null(Array(("dimension_names", "null")).DimensionNames);
    }

    [Theory]
    [InlineData("""["a","b"]""")]
    [InlineData("[]")]
    [InlineData("\"a\"")]
    [InlineData("[1]")]
    public void Dimension_names_that_do_not_fit_are_an_error_of_a_commit_and_ignored_in_storage(string names)
    {
        Assert.StartsWith("dimension_names", ErrorOf(ArrayWith(("dimension_names", names))));
        Assert.NotNull(NodeDocument.Parse(ArrayWith(("dimension_names", names)), DocumentRules.Stored).Array);
    }

    [Theory]
    [InlineData("[]", "codecs is [] where a list of at least one codec is expected")]
    [InlineData("{}", "codecs is {} where a list of at least one codec is expected")]
    [InlineData("""["bytes",{"id":"x"}]""", "codecs[1] is {\"id\":\"x\"} where a name is expected")]
    [InlineData("""[{"name":"sharding_indexed"}]""", "chunk_shape of the sharding codec is missing")]
    public void Wrong_codecs_are_named(string codecs, string error) => Assert.Equal(error, ErrorOf(ArrayWith(("codecs", codecs))));

    [Theory]
    [InlineData("[1,0]", "F")]
    [InlineData("[0,1]", "C")]
    [InlineData("\"F\"", "F")]
    [InlineData("\"C\"", "C")]
    public void The_order_is_that_of_the_transpose_codec(string order, string expected)
    {
        var array = Array(
            ("shape", "[2,2]"),
            ("chunk_grid", """{"name":"regular","configuration":{"chunk_shape":[1,1]}}"""),
            ("codecs", $$$"""[{"name":"transpose","configuration":{"order":{{{order}}}}},"bytes"]"""));
        Assert.Equal(expected, array.Order);
    }

    [Fact]
    public void A_permutation_that_is_neither_C_nor_F_is_shown_as_it_is()
    {
        var array = Array(
            ("shape", "[2,2,2]"),
            ("chunk_grid", """{"name":"regular","configuration":{"chunk_shape":[1,1,1]}}"""),
            ("codecs", """[{"name":"transpose","configuration":{"order":[1,0,2]}},"bytes"]"""));
        Assert.Equal("[1,0,2]", array.Order);
    }

    [Fact]
    public void A_sharded_array_is_stored_by_shards()
    {
        var array = Array(("codecs", """
            [{"name":"sharding_indexed","configuration":{"chunk_shape":[2],"codecs":["bytes"],"index_codecs":["bytes","crc32c"]}}]
            """));
        Assert.Equal((ulong[])[2], array.InnerChunkShape!.Value);
        Assert.Equal((uint[])[10], array.Grid.ChunkCounts);
    }

    [Theory]
    [InlineData("\"bool\"", 1)]
    [InlineData("\"uint16\"", 2)]
    [InlineData("\"bfloat16\"", 2)]
    [InlineData("\"float64\"", 8)]
    [InlineData("\"complex128\"", 16)]
    [InlineData("\"float8_e4m3\"", 1)]
    [InlineData("\"r24\"", 3)]
    [InlineData("\"r7\"", null)]
    [InlineData("\"r\"", null)]
    [InlineData("\"r99999999999\"", null)]
    [InlineData("\"string\"", null)]
    [InlineData("\"float\"", null)]
    [InlineData("""{"name":"numpy.datetime64","configuration":{"unit":"s","scale_factor":1}}""", 8)]
    [InlineData("""{"name":"fixed_length_utf32","configuration":{"length_bytes":12}}""", 12)]
    [InlineData("""{"name":"raw_bytes","configuration":{"length_bytes":-4}}""", null)]
    [InlineData("""{"name":"raw_bytes","configuration":{"length_bytes":99999999999}}""", null)]
    [InlineData("""{"name":"structured","configuration":{"fields":[["a","int32"],["b",{"name":"raw_bytes","configuration":{"length_bytes":3}}]]}}""", 7)]
    [InlineData("""{"name":"struct","configuration":{"fields":[{"name":"a","data_type":"int8"},{"name":"b","data_type":"float64"}]}}""", 9)]
    [InlineData("""{"name":"structured","configuration":{"fields":[["a","string"]]}}""", null)]
    [InlineData("""{"name":"structured","configuration":{"fields":[[]]}}""", null)]
    public void Data_types_have_their_sizes(string dataType, int? size) => Assert.Equal(size, Array(("data_type", dataType)).ItemSizeBytes);

    [Theory]
    [InlineData("null", "null")]
    [InlineData("0", "0")]
    [InlineData("false", "false")]
    [InlineData("[1.5,\"NaN\"]", "[1.5,\"NaN\"]")]
    [InlineData("\"0x7fc00001\"", "0x7fc00001")]
    public void Fill_values_of_every_kind_are_accepted(string fillValue, string text) =>
        Assert.Equal(text, Array(("fill_value", fillValue)).FillValueText);
}
