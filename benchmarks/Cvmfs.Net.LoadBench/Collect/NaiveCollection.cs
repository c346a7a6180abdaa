using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;

namespace Cvmfs.Net.LoadBench.Collect;

/// <summary>How the reference collects: every catalog opened anew, two sets in memory, one object removed after the other.</summary>
internal static class NaiveCollection
{
    /// <summary>Collects all but HEAD.</summary>
    /// <returns>Objects removed.</returns>
    public static long Run(string storage)
    {
        var files = new FileObjectStore(storage);
        var manifest = Manifest.Parse(File.ReadAllBytes(Path.Combine(storage, ".cvmfspublished")));
        var kept = new HashSet<ObjectKey>();
        Walk(files, manifest.RootCatalogKey, kept.Add);
        using var log = Reflog.Open(File.ReadAllBytes(Path.Combine(storage, ".cvmfsreflog")));
        var asked = new HashSet<ObjectKey>();
        foreach (var entry in log.List(ReflogKind.RootCatalog))
        {
            if (!kept.Contains(entry.Key)) Walk(files, entry.Key, key => !kept.Contains(key) && asked.Add(key));
        }

        long removed = 0;
        foreach (var key in asked)
        {
            File.Delete(files.PathOf(key));
            removed++;
        }

        return removed;
    }

    private static void Walk(FileObjectStore files, ObjectKey catalog, Func<ObjectKey, bool> add)
    {
        if (!add(catalog)) return;
        byte[] image = MetadataObject.Decompress(File.ReadAllBytes(files.PathOf(catalog)), ObjectSuffix.Catalog, 1L << 30);
        using var open = Catalog.Open(image, default, new CatalogOptions { AllowForeignPrefix = true });
        foreach (var reference in open.ReadObjectReferencesWithRepeats()) add(reference.Key);
        foreach (var nested in open.NestedCatalogs) Walk(files, new ObjectKey(nested.Hash, ObjectSuffix.Catalog), add);
    }

    /// <summary>The sets alone: so many kept names, half as many condemned ones, of which every second is kept.</summary>
    public static long Compare(IEnumerable<ContentHash> kept, IEnumerable<ContentHash> condemned)
    {
        var set = kept.Select(static hash => new ObjectKey(hash)).ToHashSet();
        var asked = new HashSet<ObjectKey>();
        foreach (var hash in condemned)
        {
            if (!set.Contains(new ObjectKey(hash))) asked.Add(new ObjectKey(hash));
        }

        return asked.Count;
    }
}
