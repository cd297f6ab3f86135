using System.Text.Json.Nodes;

namespace ArraylakeFs.Repository;

/// <summary>
/// Keeps official clients from writing to a local repository (icechunk-format.md 4.1). On a local directory they replace <c>repo</c> without
/// looking, and so lose what others wrote. Told by the repository's configuration to look, they cannot, and refuse instead. They still read.
/// Whoever opens the repository can override it, and so it is a fence and no wall. We ignore it: our own writers always look.
/// </summary>
public static class StorageFence
{
    /// <summary>The configuration of a fenced repository.</summary>
    public static JsonObject Config() => new()
    {
        ["storage"] = new JsonObject { ["unsafe_use_conditional_update"] = true },
    };
}
