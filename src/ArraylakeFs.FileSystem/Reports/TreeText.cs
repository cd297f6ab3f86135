using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>The <c>tree</c> file: the hierarchy as the session has it now.</summary>
public static class TreeText
{
    /// <summary>As the tutorial's <c>repo.tree()</c>; <paramref name="childrenOf"/> gives the nodes directly below a path.</summary>
    public static async Task<string> TextAsync(Func<string, Task<IReadOnlyList<HierarchyNode>>> childrenOf)
    {
        var text = new StringBuilder("/\n");
        await AppendAsync(text, childrenOf, "/", "");
        return text.ToString();
    }

    /// <summary>For programs: the root group, with the nodes below each group in <c>children</c>.</summary>
    public static async Task<string> JsonAsync(Func<string, Task<IReadOnlyList<HierarchyNode>>> childrenOf) =>
        JsonText.Of(new JsonObject
        {
            ["path"] = "/",
            ["node_type"] = "group",
            ["children"] = await ChildrenAsync(childrenOf, "/"),
        });

    private static async Task<JsonArray> ChildrenAsync(Func<string, Task<IReadOnlyList<HierarchyNode>>> childrenOf, string path)
    {
        var children = new JsonArray();
        foreach (var child in await childrenOf(path))
        {
            var node = new JsonObject { ["path"] = child.Path, ["node_type"] = child.Array is null ? "group" : "array" };
            if (child.Array is { } array)
            {
                node["shape"] = new JsonArray([.. array.Shape.Select(length => JsonValue.Create(length))]);
                node["data_type"] = array.DataTypeName;
            }
            else
            {
                node["children"] = await ChildrenAsync(childrenOf, child.Path);
            }

            children.Add(node);
        }

        return children;
    }

    private static async Task AppendAsync(
        StringBuilder text, Func<string, Task<IReadOnlyList<HierarchyNode>>> childrenOf, string path, string indent)
    {
        var children = await childrenOf(path);
        for (int i = 0; i < children.Count; i++)
        {
            var child = children[i];
            bool isLast = i == children.Count - 1;
            text.Append(indent).Append(isLast ? "└── " : "├── ").Append(Label(child)).Append('\n');
            if (child.Kind == NodeKind.Group)
            {
                await AppendAsync(text, childrenOf, child.Path, indent + (isLast ? "    " : "│   "));
            }
        }
    }

    private static string Label(HierarchyNode node) => node.Array is { } array
        ? $"🇦 {node.Name} {ArrayInfo.ShapeText(array.Shape)} {array.DataTypeName}"
        : $"📁 {node.Name}";
}
