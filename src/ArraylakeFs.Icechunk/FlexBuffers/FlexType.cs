namespace ArraylakeFs.Icechunk.FlexBuffers;

/// <summary>
/// Types of FlexBuffers values; a packed type byte is the type in its upper six bits and log2 of a width in its lower two.
/// </summary>
internal enum FlexType : byte
{
    Null = 0,
    Int = 1,
    UInt = 2,
    Float = 3,
    Key = 4,
    String = 5,
    IndirectInt = 6,
    IndirectUInt = 7,
    IndirectFloat = 8,
    Map = 9,
    Vector = 10,
    VectorInt = 11,
    VectorUInt = 12,
    VectorFloat = 13,
    VectorKey = 14,
    VectorStringDeprecated = 15,
    VectorInt2 = 16, // then UInt2, Float2, Int3, UInt3, Float3, Int4, UInt4
    VectorFloat4 = 24,
    Blob = 25,
    Bool = 26,
    VectorBool = 36,
}
