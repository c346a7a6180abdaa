using System.Diagnostics;
using System.Runtime.CompilerServices;
using Cvmfs.Net.Replication.Publishing;

namespace Cvmfs.Net.Replication.Tests.Publishing;

/// <summary>A process that takes the lock, looks whether it is alone, and leaves or dies. It is this very test program, started with a variable
/// in its environment that makes it do this before it comes to any test.</summary>
internal static class LockHolder
{
    public const int Alone = 0;
    public const int NotAlone = 9;
    public const int GaveUp = 5;

    private const string Variable = "CVMFSNET_TEST_LOCK";
    private const string DieVariable = "CVMFSNET_TEST_LOCK_DIE";

    /// <summary>Starts one.</summary>
    /// <param name="lockFile">The lock to take.</param>
    /// <param name="dies">Whether it kills itself while it holds the lock.</param>
    public static ProcessStartInfo Start(string lockFile, bool dies) => new("dotnet", [typeof(LockHolder).Assembly.Location])
    {
        Environment = { [Variable] = lockFile, [DieVariable] = dies ? "1" : "", ["DOTNET_EnableDiagnostics"] = "0", ["DOTNET_TieredPGO"] = "0" },
    };

    /// <summary>What the reference's shell functions do: open, flock, work, delete, close.</summary>
    public static ProcessStartInfo StartReference(string lockFile, bool dies) => new("sh", ["-c", """
        exec 9<>"$1"; flock -x 9
        exec 8<>"$1.inside"; flock -n 8 || exit 9
        echo held >>"$1.log"
        [ -z "$2" ] || kill -9 $$
        exec 8>&-
        rm -f "$1"
        """, "sh", lockFile, dies ? "1" : ""]);

    [ModuleInitializer]
    internal static void HoldIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } lockFile) return;
        Environment.Exit(Hold(lockFile, dies: Environment.GetEnvironmentVariable(DieVariable) == "1"));
    }

    private static int Hold(string lockFile, bool dies)
    {
        using var taken = ReplicaLock.TakeAsync(lockFile, TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None).GetAwaiter().GetResult();
        if (taken is null) return GaveUp;
        try
        {
            using var inside = File.Open(lockFile + ".inside", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); // freed by the kernel, too
            for (int i = 0; i < 200; i++) File.AppendAllText(lockFile + ".log", "."); // long enough for others to try
            File.AppendAllText(lockFile + ".log", "held\n");
            if (dies) Process.GetCurrentProcess().Kill();
            return Alone;
        }
        catch (IOException)
        {
            return NotAlone;
        }
    }
}
