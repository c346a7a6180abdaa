using Cvmfs.Net.Replication.Scrubbing;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>What a check may be given. All optional.</summary>
public sealed class CheckServices
{
    /// <summary>The clock.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>Hears of the check's beginning, its end, and repairs.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Certificates and revisions that are refused although they are signed.</summary>
    public Blacklist? Blacklist { get; init; }

    /// <summary>Authorities for repositories whose whitelist is a PKCS#7 document or demands a certificate chain.</summary>
    public CertificateAuthorities? Authorities { get; init; }

    /// <summary>Where to repair from, in place of the upstream of <see cref="CheckOptions.Repair"/>; not disposed.</summary>
    public IRepositorySource? RepairSource { get; init; }

    /// <summary>Hears every finding as it is made, also those that the report has no room for. One call at a time.</summary>
    public Action<CheckFinding>? OnFinding { get; init; }

    /// <summary>Hears every alert of the content check as it is raised. One call at a time.</summary>
    public Action<ScrubAlert>? OnAlert { get; init; }
}
