namespace ArraylakeFs.FileSystem;

/// <summary>
/// A number about a mount, for the file <c>metrics</c>. Those of one name stand together and differ by the value of one label. A name that ends with
/// <c>_total</c> only grows.
/// </summary>
public readonly record struct Metric(string Name, string Help, double Value, (string Name, string Value)? Label = null)
{
    /// <summary>Whether it only grows.</summary>
    public bool IsCounter => Name.EndsWith("_total", StringComparison.Ordinal);
}
