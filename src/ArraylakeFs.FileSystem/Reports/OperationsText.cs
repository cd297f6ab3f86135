using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>The operations log: a line or an object for each operation, in the order given.</summary>
public static class OperationsText
{
    /// <summary>For people: when, what, to which branch or tag, the commit, and what was there before.</summary>
    public static string Text(IReadOnlyList<Operation> operations)
    {
        var text = new StringBuilder();
        int width = operations.Select(o => Kind(o).Length).DefaultIfEmpty().Max();
        foreach (var operation in operations)
        {
            string?[] parts =
            [
                operation.Name is { } name && name.Any(char.IsControl) ? ReferenceName.Encode(name) : operation.Name, operation.Snapshot?.ToString(),
                operation.PreviousSnapshot is { } previous ? $"(was {previous})" : null, operation.Details?.ReplaceLineEndings(" "),
            ];
            string kind = Kind(operation).Replace('_', ' ').PadRight(width);
            text.Append($"{LogText.Date(operation.Time),-27}  {kind}  {string.Join("  ", parts.Where(part => part is not null))}".TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>For programs: an array.</summary>
    public static string Json(IReadOnlyList<Operation> operations) => JsonText.Of(new JsonArray([.. operations.Select(o => (JsonNode)new JsonObject
    {
        ["time"] = LogText.Date(o.Time),
        ["kind"] = Kind(o),
        ["name"] = o.Name,
        ["commit"] = o.Snapshot?.ToString(),
        ["previous"] = o.PreviousSnapshot?.ToString(),
        ["details"] = o.Details,
    })]));

    private static string Kind(Operation operation) => JsonNamingPolicy.SnakeCaseLower.ConvertName(operation.Kind.ToString());
}
