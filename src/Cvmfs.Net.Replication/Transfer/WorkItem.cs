using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Planning;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>What a worker is to do next.</summary>
internal enum WorkKind : byte
{
    /// <summary>Nothing more: the run is over or was stopped.</summary>
    None,

    /// <summary>Bring a catalog and open it.</summary>
    LoadCatalog,

    /// <summary>Read some references from an open catalog and find out which objects are missing.</summary>
    ListReferences,

    /// <summary>Bring an object that is missing.</summary>
    TransferObject,
}

/// <summary>A piece of work. Whoever got it reports it finished, whatever became of it.</summary>
/// <param name="Kind">What to do; the other members hold for it.</param>
/// <param name="Node">The catalog to load.</param>
/// <param name="Catalog">The catalog to list.</param>
/// <param name="Object">The object to transfer.</param>
internal readonly record struct WorkItem(WorkKind Kind, CatalogNode? Node = null, OpenCatalog? Catalog = null, ObjectKey Object = default);
