namespace ArraylakeFs.Zarr;

/// <summary>A metadata document is not a Zarr document. The message is one sentence for the user; whoever knows the path adds it.</summary>
public class ZarrFormatException : FormatException
{
    /// <summary>Says what is wrong in <paramref name="sentence"/>.</summary>
    public ZarrFormatException(string sentence, Exception? inner = null)
        : base(sentence, inner)
    {
    }
}
