using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Repositories;

/// <summary>How a repository is opened: what is trusted, which revision, and how much may be spent on it.</summary>
/// <remarks>One of <see cref="Keys"/>, <see cref="RootHash"/> and <see cref="AllowUnverified"/> is needed: without any of them nothing could be
/// believed, and opening refuses.</remarks>
public sealed record CvmfsRepositoryOptions
{
    /// <summary>Master public keys, one of which must have signed the whitelist.</summary>
    public MasterKeys? Keys { get; init; }

    /// <summary>Open exactly this root catalog. Needs neither manifest nor keys: everything below it is fixed by hashes.</summary>
    public ContentHash RootHash { get; init; }

    /// <summary>Open the revision with this tag.</summary>
    public string? Tag { get; init; }

    /// <summary>Open the revision with this number: a tagged one, or one that the chain of previous revisions reaches.</summary>
    public ulong? Revision { get; init; }

    /// <summary>Open what was current at this time: the newest revision tagged on the default branch no later.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>Believe an unsigned or unverifiable manifest. Objects are still checked by hash, but anyone on the way chooses which ones.</summary>
    public bool AllowUnverified { get; init; }

    /// <summary>The name that must be in the signed documents. By default the last part of a URL, if it looks like one (it has a dot);
    /// otherwise whatever name is signed.</summary>
    public RepositoryName RepositoryName { get; init; }

    /// <summary>Certificates and revisions that are refused although they are signed.</summary>
    public Blacklist Blacklist { get; init; } = Blacklist.Empty;

    /// <summary>Authorities for repositories that demand a certificate chain; without them such repositories are refused.</summary>
    public CertificateAuthorities Authorities { get; init; } = CertificateAuthorities.None;

    /// <summary>What is known of the repository from before; neither a lower revision nor an older signature is accepted. Default: nothing.</summary>
    public RollbackGuard KnownState { get; init; }

    /// <summary>Keeps objects. Default: 64 MiB in memory, which go with the repository. Caches can be shared by repositories.</summary>
    public ObjectCache? Cache { get; init; }

    /// <summary>Web server of external data: the bytes of an external file are at this address plus the file's path.</summary>
    public Uri? ExternalUrl { get; init; }

    /// <summary>Values of variables in link targets, null for those that are not set. Default: none is set, defaults in the links apply.</summary>
    public Func<string, string?> SymlinkVariables { get; init; } = static _ => null;

    /// <summary>The clock for expiry and refresh.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Largest catalog, in bytes of its database, that is opened. Default 4 GiB; the largest seen in the wild have a few hundred MiB.</summary>
    public long MaxCatalogBytes { get; init; } = 4L << 30;

    /// <summary>Catalogs kept open when nobody uses them. Default 32.</summary>
    public int MaxIdleCatalogs { get; init; } = 32;

    /// <summary>Nested catalogs loaded ahead of a recursive listing. Default 8; 0 loads each when it is reached.</summary>
    public int CatalogsAhead { get; init; } = 8;

    /// <summary>Chunks loaded ahead of a reader that goes straight on. Default 2; 0 for none.</summary>
    public int ChunksAhead { get; init; } = 2;

    /// <summary>Longest wait between two looks for a new revision; repositories that say a longer time are asked more often. Default: as they say.</summary>
    public TimeSpan? MaxTtl { get; init; }

    /// <summary>Where large catalogs and chunks are put while they are used. Default: the system's temporary folder.</summary>
    public string? TemporaryFolder { get; init; }
}
