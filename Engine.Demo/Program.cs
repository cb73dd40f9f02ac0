using Engine.Demo;

return CommandLine.Run(args);
