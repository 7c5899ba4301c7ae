/** Relay connections: edges, nodes, opaque cursors and page information (relay.dev/graphql/connections.htm). */
import { Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { decodeCursor, encodeCursor, pageOf, type Page } from '../storage/page.ts';
import type { CostOf } from './cost.ts';

const largestPage = 100;

@ArgsType()
export class ConnectionArgs {
  @Field(() => Int, { defaultValue: 20, description: `How many items; 1 to ${largestPage}.` })
  @Min(1)
  @Max(largestPage)
  first!: number;

  @Field(() => String, { nullable: true, description: 'The cursor after which to go on.' })
  @MaxLength(500)
  after?: string | null;
}

@ObjectType({ description: 'Where a page stands in the whole list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more items follow.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether items come before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first item.' })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the last item: `after` of the next page.',
  })
  endCursor!: string | null;
}

export interface Connection<Node> {
  edges: { node: Node; cursor: string }[];
  pageInfo: PageInfo;
}

/** Makes the object types `<name>Edge` and `<name>Connection`. */
export function connectionType<Node extends object>(
  node: ClassType<Node>,
  name: string,
): ClassType<Connection<Node>> {
  @ObjectType(`${name}Edge`, { description: `A ${name} and its place in the list.` })
  class Edge {
    @Field(() => node, { description: 'The item.' })
    node!: Node;

    @Field(() => String, { description: 'Opaque; give it as `after` to go on behind this item.' })
    cursor!: string;
  }

  @ObjectType(`${name}Connection`, { description: `One page of a list of ${name}s.` })
  class ConnectionOfNode {
    @Field(() => [Edge], { description: 'The items of this page.' })
    edges!: Edge[];

    @Field(() => PageInfo, { description: 'Where this page stands.' })
    pageInfo!: PageInfo;
  }

  return ConnectionOfNode;
}

/** @param after the cursor that the page was asked with */
export function toConnection<Item, Node>(
  { items, hasNextPage }: Page<Item>,
  after: string | null | undefined,
  toNode: (item: Item) => Node,
): Connection<Node> {
  const edges = items.map((item) => ({ node: toNode(item), cursor: item.cursor }));
  return {
    edges,
    pageInfo: {
      hasNextPage,
      hasPreviousPage: after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** A page of a short list that is known whole. */
export function pageOfNames(
  list: string,
  names: readonly string[],
  first: number,
  after?: string | null,
): Page<{ name: string }> {
  const from = after == null ? '' : decodeCursor(list, after);
  const following = [...names].sort().filter((name) => name > from);
  return pageOf(following, first, (name) => ({ name, cursor: encodeCursor(list, name) }));
}

/** For the cost of a list: its items times what is selected of each. */
export const listCost = ({ args, childComplexity }: CostOf) =>
  1 + (typeof args.first === 'number' ? args.first : 20) * childComplexity;
