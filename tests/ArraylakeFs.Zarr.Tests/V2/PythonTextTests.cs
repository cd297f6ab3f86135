using ArraylakeFs.Zarr.V2;
using static ArraylakeFs.Zarr.Tests.V2.V2Documents;

namespace ArraylakeFs.Zarr.Tests.V2;

/// <summary>Documents that zarr-python 2.13 wrote come back byte for byte.</summary>
public class PythonTextTests
{
    [Fact]
    public void An_array() => AssertComesBack(NodeKind.Array, """
        {
            "chunks": [
                2,
                2
            ],
            "compressor": {
                "blocksize": 0,
                "clevel": 5,
                "cname": "lz4",
                "id": "blosc",
                "shuffle": 1
            },
            "dtype": "<f4",
            "fill_value": "NaN",
            "filters": null,
            "order": "C",
            "shape": [
                4,
                2
            ],
            "zarr_format": 2
        }
        """, """
        {
            "B": 1,
            "\u00e9\"\u0007\u007f\u20ac\ud83d\ude00/": [
                1.0,
                2,
                NaN,
                {
                    "a": [],
                    "b": 1
                },
                {}
            ]
        }
        """);

    [Fact]
    public void An_array_with_filters_and_a_separator() => AssertComesBack(NodeKind.Array, """
        {
            "chunks": [
                1,
                3
            ],
            "compressor": null,
            "dimension_separator": "/",
            "dtype": "<c16",
            "fill_value": [
                0.0,
                0.0
            ],
            "filters": [
                {
                    "astype": "<c16",
                    "dtype": "<c16",
                    "id": "delta"
                }
            ],
            "order": "F",
            "shape": [
                0,
                3
            ],
            "zarr_format": 2
        }
        """);

    [Fact]
    public void An_array_of_texts_of_any_length() => AssertComesBack(NodeKind.Array, """
        {
            "chunks": [
                3
            ],
            "compressor": {
                "id": "zstd",
                "level": 1
            },
            "dtype": "|O",
            "fill_value": 0,
            "filters": [
                {
                    "id": "vlen-utf8"
                }
            ],
            "order": "C",
            "shape": [
                3
            ],
            "zarr_format": 2
        }
        """);

    [Fact]
    public void An_array_of_records() => AssertComesBack(NodeKind.Array, """
        {
            "chunks": [],
            "compressor": null,
            "dtype": [
                [
                    "a",
                    "<i4"
                ],
                [
                    "b",
                    "<f8"
                ]
            ],
            "fill_value": null,
            "filters": null,
            "order": "C",
            "shape": [],
            "zarr_format": 2
        }
        """);

    [Fact]
    public void A_group() => AssertComesBack(NodeKind.Group, """
        {
            "zarr_format": 2
        }
        """, "{}");

    private static void AssertComesBack(NodeKind kind, string document, string? attributes = null)
    {
        var back = V2Node.FromV3(new V2Node(kind, Documents.Bytes(document), BytesOrNone(attributes)).ToV3());
        Assert.Equal(document, Text(back.Document));
        Assert.Equal(attributes ?? "absent", Text(back.Attributes));
    }
}
