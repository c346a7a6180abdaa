using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Testing.Synthetic;

/// <summary>Objects that are made when somebody asks for them. The same each time; safe for concurrent use.</summary>
internal interface ISyntheticContent
{
    /// <summary>Revisions there are, the first one being 1.</summary>
    int Revisions { get; }

    /// <summary>Root catalog of a revision.</summary>
    ContentHash RootOf(int revision);

    /// <summary>Bytes of the decompressed root catalogs.</summary>
    long RootBytes { get; }

    /// <summary>Stored bytes of an object; null if there is none.</summary>
    byte[]? Read(ObjectKey key);
}
