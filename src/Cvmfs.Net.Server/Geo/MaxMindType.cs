namespace Cvmfs.Net.Server.Geo;

/// <summary>Types of fields, by their numbers in the file.</summary>
internal enum MaxMindType : byte
{
    /// <summary>The type stands in the next byte.</summary>
    Extended = 0,

    /// <summary>The value stands elsewhere in the section.</summary>
    Pointer = 1,

    /// <summary>UTF-8.</summary>
    Text = 2,

    /// <summary>Eight bytes, IEEE 754.</summary>
    Double = 3,

    /// <summary>Bytes.</summary>
    Bytes = 4,

    /// <summary>Up to two bytes.</summary>
    UInt16 = 5,

    /// <summary>Up to four bytes.</summary>
    UInt32 = 6,

    /// <summary>Pairs of a text and a value.</summary>
    Map = 7,

    /// <summary>Up to four bytes, two's complement when all four are there.</summary>
    Int32 = 8,

    /// <summary>Up to eight bytes.</summary>
    UInt64 = 9,

    /// <summary>Up to sixteen bytes.</summary>
    UInt128 = 10,

    /// <summary>Values.</summary>
    Array = 11,

    /// <summary>Of no meaning in files.</summary>
    Container = 12,

    /// <summary>Of no meaning in files.</summary>
    EndMarker = 13,

    /// <summary>The value is the size: 0 or 1.</summary>
    Boolean = 14,

    /// <summary>Four bytes, IEEE 754.</summary>
    Float = 15,
}
