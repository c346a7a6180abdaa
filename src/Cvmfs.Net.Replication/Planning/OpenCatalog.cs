using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>A catalog whose references are being handed out, a batch at a time. What has not been handed out waits in the database, not in memory.</summary>
/// <remarks>One user at a time; the scheduler sees to that.</remarks>
internal sealed class OpenCatalog(CatalogNode node, Catalog catalog, IEnumerator<ObjectReference> references, long expected = 0) : IDisposable
{
    /// <summary>The catalog's place in the run.</summary>
    public CatalogNode Node { get; } = node;

    /// <summary>References that are still to come, by the catalog's own account; negative once there were more.</summary>
    public long Expected { get; private set; } = expected;

    /// <summary>Fills a list with the next references.</summary>
    /// <returns>False when these were the last.</returns>
    /// <exception cref="CvmfsFormatException">The catalog is damaged or makes no sense.</exception>
    public bool Read(List<ObjectReference> batch, int count)
    {
        batch.Clear();
        while (batch.Count < count)
        {
            if (!references.MoveNext()) return false;
            batch.Add(references.Current);
            Expected--;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        references.Dispose();
        catalog.Dispose();
    }
}
