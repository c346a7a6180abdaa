using System.Diagnostics;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

/// <summary>The proxy as services run it: as a user who is nobody in particular. Where tests run as such a user, all of them prove it.</summary>
public sealed class ProxyUserTests
{
    private static readonly string[] AsNobody = ["setpriv", "--reuid", "65534", "--clear-groups", "--"];

    [Fact]
    public async Task It_keeps_objects_in_a_folder_of_a_user_that_is_not_root()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "only root can become somebody else");
        Assert.SkipUnless(await IsReadableToNobodyAsync(ProxyProcess.ProgramPath), "setpriv is missing, or the program lies where others may not read it");
        var cancelled = TestContext.Current.CancellationToken;
        byte[] content = new byte[2 << 20];
        new Random(17).NextBytes(content);
        using var folder = new TempFolder();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_111_111);
        await using var proxy = await ProxyProcess.StartAsync(folder, content, prefix: AsNobody);
        Assert.DoesNotContain("cannot be written", proxy.Errors, StringComparison.Ordinal);
        await using var transfer = await proxy.AskAsync(ObjectPath.Of(new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, content))));
        proxy.SendRest();
        byte[] got = new byte[content.Length];
        await transfer.ReadExactlyAsync(got, cancelled);
        Assert.Equal(content, got);
        await proxy.WaitForMetricAsync("""cvmfs_cacheproxy_cache_objects{tier="disk"} 1""");
    }

    private static async Task<bool> IsReadableToNobodyAsync(string file)
    {
        if (!File.Exists("/usr/bin/" + AsNobody[0])) return false;
        using var test = Process.Start(AsNobody[0], [.. AsNobody[1..], "test", "-r", file]);
        await test.WaitForExitAsync(TestContext.Current.CancellationToken);
        return test.ExitCode == 0;
    }
}
