using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Checking;

/// <summary>A repository with one of everything, to be broken in one place and checked in its folder.</summary>
internal sealed class CheckedRepository : IDisposable
{
    private readonly TempFolder _spool = new();

    private CheckedRepository(BuiltRepository built) => Built = built;

    public BuiltRepository Built { get; }

    public ReplicaLocation Location => new(Built.Path, _spool.Path);

    /// <summary>Options under which nothing is wrong.</summary>
    public CheckOptions Options => new() { Keys = Built.TrustedKeys, Workers = 2 };

    public static async Task<CheckedRepository> CreateAsync(Func<RepositoryBuilder, RepositoryBuilder>? more = null)
    {
        var builder = new RepositoryBuilder()
            .File("/file", "content of a file")
            .File("/with-xattr", "with an attribute"u8.ToArray(), xattrs: ("user.a", "b"))
            .Directory("/dir")
            .File("/dir/one", "one")
            .File("/dir/two", "two")
            .HardLink("/dir/three", "/dir/two")
            .Link("/dir/link", "../file")
            .Special("/dir/fifo", 0x11A4)
            .Chunked("/big")
            .Nested("/nested")
            .File("/nested/inner", "inner")
            .Directory("/nested/dir")
            .Nested("/nested/dir/deep")
            .File("/nested/dir/deep/innermost", "innermost");
        return new CheckedRepository(await (more?.Invoke(builder) ?? builder).BuildAsync("first"));
    }

    public Task<CheckReport> CheckAsync(CheckOptions? options = null, CheckServices? services = null)
        => new ReplicaChecker(Location, services ?? new CheckServices { TimeProvider = Built.Clock }).CheckAsync(options ?? Options, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>SQL that finds the row of a path.</summary>
    public static string Row(string path)
    {
        var hash = RepositoryPath.Parse(path).Hash;
        return FormattableString.Invariant($"md5path_1 = {hash.High} AND md5path_2 = {hash.Low}");
    }

    /// <summary>SQL that changes the row of a path.</summary>
    public static string Set(string path, string assignments) => $"UPDATE catalog SET {assignments} WHERE {Row(path)}";

    public void Dispose()
    {
        Built.Dispose();
        _spool.Dispose();
    }

    internal static ContentHash HashOf(string text) => ContentHash.Compute(HashAlgorithmId.Sha1, System.Text.Encoding.UTF8.GetBytes(text));
}
