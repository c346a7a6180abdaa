namespace SiteProxy;

/// <summary>How to call the program.</summary>
internal static class Usage
{
    public const string Text = """
        SiteProxy                 show the proxy at work: a repository, a server, the proxy and a client, all on this machine's loopback; Ctrl-C ends it
        SiteProxy --once          the same, and end
        SiteProxy --config FILE   the service. The file is the one of "cvmfs-net proxy run --config", deploy/proxy.json an example;
                                  it is taken over whenever it changes and at SIGHUP. TERM or Ctrl-C finishes what is being sent, SIGUSR1 opens the log anew.
        Exit codes: 0 done, 1 failed, 2 usage or a configuration that cannot be used.
        """;
}
