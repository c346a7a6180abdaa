using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Objects;

public sealed class MemoryObjectStoreTests : ObjectStoreConformance
{
    protected override IObjectStore Create() => new MemoryObjectStore();
}
