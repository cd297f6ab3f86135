using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>JSON as the control files show it: indented, readable characters as they are, one newline at the end.</summary>
internal static class JsonText
{
    /// <summary>More than the nesting of any text here: a hierarchy has two levels of JSON for each of its own.</summary>
    private const int MaxDepth = 4096;

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth,
    };

    public static string Of(JsonNode node) => node.ToJsonString(Options) + "\n";
}
