using System.Text;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

/// <summary>A host of its own for a test: configuration, storage and spool folders, and an upstream to copy.</summary>
internal sealed class ManagedHost : IDisposable
{
    public TempFolder Folder { get; } = new();

    public string[] Places => ["--config-dir", Folder.Combine("etc"), "--storage-root", Folder.Combine("srv"), "--spool-root", Folder.Combine("spool")];

    public string[] Logs => ["--log-dir", Folder.Combine("log"), "--slot-dir", Folder.Combine("slots")];

    public string Key(BuiltRepository upstream) => Folder.Write("keys/key.pub", Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem));

    public Task<CliRun> RunAsync(params string[] args) => CliRun.RunAsync(["replica", .. args, .. Places]);

    public Task<CliRun> AddAsync(BuiltRepository upstream, params string[] options) => RunAsync(["add", upstream.Path, Key(upstream), .. options]);

    public string Read(string relative) => File.ReadAllText(Folder.Combine(relative));

    public void Dispose() => Folder.Dispose();
}
