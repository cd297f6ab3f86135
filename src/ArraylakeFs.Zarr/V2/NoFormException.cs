namespace ArraylakeFs.Zarr.V2;

/// <summary>A metadata document is what it should be, and says something that the other version of Zarr cannot express.</summary>
public sealed class NoFormException : ZarrFormatException
{
    /// <summary>Says what that is in <paramref name="sentence"/>.</summary>
    public NoFormException(string sentence)
        : base(sentence)
    {
    }
}
