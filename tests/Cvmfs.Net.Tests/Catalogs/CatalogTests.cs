using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Catalogs;

/// <summary>Catalogs that the reference wrote, against what its own tools say of them.</summary>
public sealed class CatalogTests
{
    [Theory]
    [MemberData(nameof(ReferenceRepository.Names), MemberType = typeof(ReferenceRepository))]
    public void Sizes_entries_and_nesting_are_those_that_the_reference_lists(string name)
    {
        using var repository = new ReferenceRepository(name);
        foreach (var listed in repository.Listed)
        {
            using var catalog = repository.Open(listed);
            Assert.Equal(listed.Size, catalog.Length);
            Assert.Equal(listed.Entries, catalog.Statistics.Self.Entries);
            Assert.Equal(listed.Entries, catalog.ReadAllEntries().Count());
            Assert.Equal(new CatalogSchema(2.5, 7), catalog.Schema);
            var below = repository.Listed.Where(other => other.Mountpoint != listed.Mountpoint && other.Mountpoint.IsAtOrBelow(listed.Mountpoint)).ToArray();
            var direct = below.Where(other => !below.Any(between => between.Mountpoint != other.Mountpoint && other.Mountpoint.IsAtOrBelow(between.Mountpoint)));
            Assert.Equal(
                direct.OrderBy(other => other.Mountpoint).Select(other => new NestedCatalog(other.Mountpoint, other.Hash, other.Size, false)),
                catalog.NestedCatalogs);
        }
    }

    [Theory]
    [MemberData(nameof(ReferenceRepository.Names), MemberType = typeof(ReferenceRepository))]
    public void Every_referenced_object_is_in_the_store(string name)
    {
        using var repository = new ReferenceRepository(name);
        foreach (var listed in repository.Listed)
        {
            using var catalog = repository.Open(listed);
            var references = catalog.ReadObjectReferences().ToList();
            Assert.All(references, reference => Assert.True(repository.Holds(reference.Key), reference.Key.ToString()));
            Assert.Equal(references.Count, references.Distinct().Count());
        }
    }
}
