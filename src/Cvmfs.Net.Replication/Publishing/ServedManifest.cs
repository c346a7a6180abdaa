using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Transport;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>The manifest that clients see here.</summary>
internal static class ServedManifest
{
    /// <summary>Reads it. Null if there is none, or none that anybody can read.</summary>
    /// <exception cref="IOException">The file is there and cannot be read.</exception>
    public static async Task<Manifest?> ReadAsync(RootFolder storage, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? bytes = await storage.ReadAsync(RootFileNames.Manifest, Manifest.MaxBytes, cancellationToken).ConfigureAwait(false);
            return bytes is null ? null : Manifest.Parse(bytes);
        }
        catch (CvmfsFormatException e)
        {
            logger.ServedManifestUnreadable(storage.Location, e); // clients cannot read it either; a new one mends it
            return null;
        }
    }
}
