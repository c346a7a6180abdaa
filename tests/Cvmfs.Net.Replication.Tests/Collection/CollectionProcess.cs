using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Cvmfs.Net.Replication.Collection;

namespace Cvmfs.Net.Replication.Tests.Collection;

/// <summary>A process that collects and kills itself at a step. It is this very test program, started with a variable in its environment that makes
/// it do this before it comes to any test.</summary>
internal static class CollectionProcess
{
    private const string Variable = "CVMFSNET_TEST_COLLECT";
    private const string StepVariable = "CVMFSNET_TEST_COLLECT_STEP";

    /// <summary>Starts one.</summary>
    /// <param name="storage">The replica.</param>
    /// <param name="step">The step at which it dies, from 1.</param>
    public static ProcessStartInfo Start(string storage, int step) => new("dotnet", [typeof(CollectionProcess).Assembly.Location])
    {
        Environment =
        {
            [Variable] = storage, [StepVariable] = step.ToString(CultureInfo.InvariantCulture), ["DOTNET_EnableDiagnostics"] = "0", ["DOTNET_TieredPGO"] = "0",
        },
    };

    [ModuleInitializer]
    internal static void CollectIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } storage) return;
        int left = int.Parse(Environment.GetEnvironmentVariable(StepVariable)!, CultureInfo.InvariantCulture);
        var services = new CollectionServices
        {
            Step = _ =>
            {
                if (Interlocked.Decrement(ref left) == 0) Process.GetCurrentProcess().Kill();
            },
        };
        var report = new GarbageCollector(new ReplicaLocation(storage), services).CollectAsync(CollectionTests.Head).GetAwaiter().GetResult();
        Environment.Exit(report.Succeeded ? 0 : 1);
    }
}
