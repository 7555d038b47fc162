/** A payment or a budget of this page's agent has changed. */
export class AgentChangeEvent extends Event {
  static readonly type = 'change';
  constructor() {
    super(AgentChangeEvent.type);
  }
}
