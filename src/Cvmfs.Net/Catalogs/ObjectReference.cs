using Cvmfs.Net.Compression;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Catalogs;

/// <summary>An object that a catalog needs, nested catalogs not included.</summary>
/// <param name="Key">The object.</param>
/// <param name="Compression">How its stored bytes were made; may be an unassigned id.</param>
public readonly record struct ObjectReference(ObjectKey Key, CompressionId Compression);
