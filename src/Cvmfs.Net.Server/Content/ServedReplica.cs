using Cvmfs.Net.Server.Misses;
using Cvmfs.Net.Server.RootFiles;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Content;

/// <summary>One repository of this host.</summary>
internal sealed class ServedReplica
{
    public ServedReplica(int number, string alias, CvmfsServerOptions options, TimeProvider time, ILogger logger)
    {
        Number = number;
        Alias = alias;
        Folder = Path.Combine(options.RootFolder, alias);
        Absences = new AbsenceIndex(Folder, options, time);
        RootFiles = new RootFileWatch(alias, Folder, options, time, logger, Absences.Expire);
    }

    /// <summary>Tells it from every other one of this process, also of the same name.</summary>
    public int Number { get; }

    public string Alias { get; }

    public string Folder { get; }

    public AbsenceIndex Absences { get; }

    public RootFileWatch RootFiles { get; }
}
